//! Rule pages and what they share: schema, loader, selection, knowledge tables.
//!
//! A page is data. What its `[[match]]` tables mean is decided by the matchers; here they stay spanned TOML, so that a
//! wrong key is reported at its own line and column. Nothing in this module reads files.

mod catalogue;
mod diagnostic;
mod expression;
mod knowledge;
mod page;
mod pattern;
mod prose;
mod select;
mod table;
mod template;

pub use catalogue::{Catalogue, embedded_pages};
pub(crate) use diagnostic::suggestion;
pub use diagnostic::{Diagnostic, Problem, Problems};
pub use expression::{Expression, Found, Group};
pub use knowledge::{
    ApprovalKey, CallPatterns, Client, ClientExample, Clients, FieldNames, FileRole, FlowExample, FlowTable, Flows,
    Form, Generated, GuardRow, GuardWhen, Is, Kinds, Knowledge, LaunchExample, Launchers, Os, PackageRunner, Phrase,
    PhraseExample, PhraseSet, PhraseTable, Phrases, Place, PropagatorRow, Requirement, RunnerKind, SanitizerRow,
    ServiceExample, ServiceFlag, ServiceKey, Services, ShellProgram, SinkRow, SourceRow, TokenFormat, TokenMatch,
    Tokens, UserFile, ValueExample, ValueKind, Values, When, Wrapper,
};
pub use page::{Adjust, Condition, EditSpec, FixSpec, Front, MatchSpec, Rule, Status};
pub use pattern::{PathPattern, last_name};
pub use prose::{CaseKind, PageCase, PageFence, Prose};
pub use select::{Selection, Selector};
#[cfg(test)]
pub(crate) use table::parse_toml;
pub use table::{Spanned, TableReader};
pub use template::Template;
