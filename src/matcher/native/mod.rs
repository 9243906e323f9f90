//! `native`: named functions for what no other matcher can say. Each is used by exactly one page.

pub(super) mod invisible;

use super::{Output, Subject, Trigger};
use crate::document::Language;

/// A check in Rust code.
#[derive(Debug)]
pub struct NativeCheck {
    pub name: &'static str,
    /// Literals, one of which every match holds.
    pub anchors: &'static [&'static [u8]],
    pub captures: &'static [&'static str],
    /// [`Trigger::Literals`] or [`Trigger::Code`].
    pub trigger: Trigger,
    /// The languages in which it can match; any if there are none.
    pub languages: &'static [Language],
    pub(crate) run: fn(&Subject<'_>, &[usize], &mut Output),
}

/// All native checks.
pub static NATIVE_CHECKS: &[NativeCheck] = &[NativeCheck {
    name: "invisible-characters",
    anchors: invisible::ANCHORS,
    captures: &["what", "hidden", "reader", "characters"],
    trigger: Trigger::Literals,
    languages: &[],
    run: invisible::run,
}];
