//! `native`: named functions for what no other matcher can say. Each is used by exactly one page.

mod invisible;

use super::{Output, Subject};

/// A check in Rust code.
#[derive(Debug)]
pub struct NativeCheck {
    pub name: &'static str,
    /// Literals, one of which every match holds.
    pub anchors: &'static [&'static [u8]],
    pub captures: &'static [&'static str],
    pub(crate) run: fn(&Subject<'_>, &[usize], &mut Output),
}

/// All native checks.
pub static NATIVE_CHECKS: &[NativeCheck] = &[NativeCheck {
    name: "invisible-characters",
    anchors: invisible::ANCHORS,
    captures: &["what", "hidden", "reader", "characters"],
    run: invisible::run,
}];
