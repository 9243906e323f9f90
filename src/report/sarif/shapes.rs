//! Short ways to the shapes of the SARIF crate that are needed everywhere.

use serde_json::Value;
use serde_sarif::sarif::{Message, MultiformatMessageString, PropertyBag};
use std::collections::BTreeMap;

pub(super) fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text.into()).build()
}

pub(super) fn multiformat(text: impl Into<String>) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text.into()).build()
}

pub(super) fn bag(tags: &[String], properties: BTreeMap<String, Value>) -> PropertyBag {
    let mut bag = PropertyBag::builder().additional_properties(properties).build();
    bag.tags = (!tags.is_empty()).then(|| tags.to_vec());
    bag
}

/// A count as SARIF writes numbers.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Text that a viewer may take for a link, `[…](…)`, with its two halves apart: what is scanned sets no links.
pub(super) fn without_links(text: &str) -> String {
    text.replace("](", "] (")
}

/// `text`, or its first characters with an ellipsis where it has more than `limit`.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}
