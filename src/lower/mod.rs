//! Source text to one small form ([`Module`]): parsed once, with imports, aliases, constants and scopes resolved. Every
//! rule about code asks it, and so will the flow of data. It executes nothing and looks at one file at a time.

mod bind;
mod blocks;
mod build;
mod embedded;
mod go;
mod ir;
mod javascript;
mod loads;
mod nodes;
mod python;
mod resolve;
mod rust;
pub mod shell;
mod strings;
mod syntax;
#[cfg(test)]
mod testing;
mod walk;

pub use embedded::{Embedded, embedded};
pub use ir::*;
pub use strings::{characters, cooked};
pub use walk::Statements;

use crate::document::Language;

/// Lower a text. `path` decides the dialect (TypeScript, JSX). Languages without a lowering give an empty module.
pub fn lower<'a>(language: Language, path: &str, text: &'a str) -> Module<'a> {
    match language {
        Language::Python => python::lower(text),
        Language::Go => go::lower(text),
        Language::JavaScript => javascript::lower(path, text),
        Language::Rust => rust::lower(text),
        _ => build::Builder::new(language, text).finish(),
    }
}
