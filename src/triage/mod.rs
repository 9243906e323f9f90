//! What counts: suppressions by comment and by policy, and findings about suppressions that do not hold.
//!
//! Comes after the decision which rule speaks for a problem, so that silencing it never revives a weaker one.

mod policy;
mod suppress;

pub use policy::{Policy, PolicyIgnore, Standpoint, Subject};
pub use suppress::{Triage, Triaged};
