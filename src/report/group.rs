//! Findings of one group as one: what people are shown once. Which of them speaks is for the format to say.

use crate::finding::Finding;
use std::collections::HashMap;

/// Findings of one rule and group, each group where its first member stands.
pub(super) fn fold<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for finding in findings {
        let at = match finding.group.as_deref() {
            Some(key) => *known.entry((&finding.rule, key)).or_insert(groups.len()),
            None => groups.len(),
        };
        match groups.get_mut(at) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}
