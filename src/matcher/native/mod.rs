//! `native`: named functions for what no other matcher can say. Each is used by exactly one page.

mod address;
mod exceptions;
mod fail_open;
mod filename;
mod guards;
pub(super) mod invisible;
mod links;
mod numbers;
mod paths;
mod prefix;
mod races;
mod redaction;
mod server;

use super::code::LANGUAGES;
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
pub static NATIVE_CHECKS: &[NativeCheck] = &[
    NativeCheck {
        name: "invisible-characters",
        anchors: invisible::ANCHORS,
        captures: &["what", "hidden", "reader", "characters"],
        trigger: Trigger::Literals,
        languages: &[],
        run: invisible::run,
    },
    NativeCheck {
        name: "folder-as-prefix",
        anchors: prefix::ANCHORS,
        captures: prefix::CAPTURES,
        trigger: Trigger::Code,
        languages: LANGUAGES,
        run: prefix::run,
    },
    NativeCheck {
        name: "links-in-checked-path",
        anchors: links::ANCHORS,
        captures: links::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT_GO,
        run: links::run,
    },
    NativeCheck {
        name: "look-and-open",
        anchors: races::ANCHORS,
        captures: races::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT,
        run: races::run,
    },
    NativeCheck {
        name: "judged-filename",
        anchors: filename::ANCHORS,
        captures: filename::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT_GO,
        run: filename::run,
    },
    NativeCheck {
        name: "parsed-address",
        anchors: address::ANCHORS,
        captures: address::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT_GO,
        run: address::run,
    },
    NativeCheck {
        name: "number-check",
        anchors: numbers::ANCHORS,
        captures: numbers::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT,
        run: numbers::run,
    },
    NativeCheck {
        name: "returned-exception",
        anchors: exceptions::ANCHORS,
        captures: exceptions::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT_GO,
        run: exceptions::run,
    },
    NativeCheck {
        name: "open-authentication",
        anchors: fail_open::ANCHORS,
        captures: fail_open::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT_GO,
        run: fail_open::run,
    },
    NativeCheck {
        name: "log-filter",
        anchors: redaction::ANCHORS,
        captures: redaction::CAPTURES,
        trigger: Trigger::Code,
        languages: PYTHON_JAVASCRIPT,
        run: redaction::run,
    },
];

const PYTHON_JAVASCRIPT: &[Language] = &[Language::Python, Language::JavaScript];
const PYTHON_JAVASCRIPT_GO: &[Language] = &[Language::Python, Language::JavaScript, Language::Go];
