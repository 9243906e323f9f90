//! Python to the common form.

use super::Module;
use super::build::Builder;
use crate::document::Language;

pub(super) fn lower(text: &str) -> Module<'_> {
    Builder::new(Language::Python, text).finish()
}
