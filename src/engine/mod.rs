//! Plans rules and runs them over artifacts. Sync and pure: no IO, no clock in any result.
//!
//! One file at a time, from any number of threads ([`Engine::examine`]); what belongs together across files is put
//! together at the end ([`Engine::conclude`]). A rule that panics is a gap, not a crash.

mod conclude;
mod describe;
mod examine;
mod flows;
mod plan;
mod prefilter;

pub use conclude::{Collector, MAX_FINDINGS, Outcome};
pub(crate) use conclude::{keep_most_severe, sort_findings};
pub use examine::{Examined, Spent, unread};
pub use flows::Reader;
pub use plan::{Engine, Planned, redactor};
