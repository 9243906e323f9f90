//! Services whose URLs are keys themselves, and flags that take a key without saying so in their name.

use super::super::diagnostic::Problems;
use super::super::expression::Expression;
use super::super::table::TableReader;
use crate::text::Span;

/// All rows.
#[derive(Debug, Default)]
pub struct Services {
    urls: Vec<ServiceUrl>,
    pub flags: Vec<ServiceFlag>,
    pub examples: Vec<ServiceExample>,
}

#[derive(Debug)]
struct ServiceUrl {
    service: String,
    /// A literal that every match holds.
    anchor: String,
    /// The group `key` is the secret.
    regex: Expression,
}

/// A flag of a package whose value is a key.
#[derive(Debug)]
pub struct ServiceFlag {
    pub service: String,
    pub package: String,
    pub flag: String,
}

/// A key in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceKey<'a> {
    pub service: &'a str,
    pub span: Span,
}

/// One row's self-test.
#[derive(Debug)]
pub struct ServiceExample {
    pub row: String,
    pub url: String,
    pub expected: bool,
}

impl Services {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        for mut row in table.tables("url", problems) {
            let service = row.required_str("service", problems).map_or("", |text| text.value).to_owned();
            row.required_str("reference", problems);
            let anchor = row.required_str("anchor", problems).map(|text| text.value.to_owned());
            let regex = row.expression("regex", problems);
            for (key, expected) in [("example", true), ("near_miss", false)] {
                let urls = row.owned_strings(key, problems);
                if urls.is_empty() {
                    problems.add(row.span(), format!("`{key}` is missing"));
                }
                out.examples.extend(urls.into_iter().map(|url| ServiceExample { row: service.clone(), url, expected }));
            }
            row.finish(problems);
            if let Some((anchor, regex)) = anchor.zip(regex) {
                out.urls.push(ServiceUrl { service, anchor, regex });
            }
        }
        for mut row in table.tables("flag", problems) {
            row.required_str("reference", problems);
            let mut text = |key| row.required_str(key, problems).map_or("", |text| text.value).to_owned();
            let flag = ServiceFlag { service: text("service"), package: text("package"), flag: text("flag") };
            row.finish(problems);
            out.flags.push(flag);
        }
        out
    }

    /// The keys in the URLs of `text`, each row's in the order of the text.
    pub fn find(&self, text: &str) -> Vec<ServiceKey<'_>> {
        if !text.contains("://") {
            return Vec::new();
        }
        let rows = self.urls.iter().filter(|row| text.contains(&row.anchor));
        rows.flat_map(|row| {
            let keys = row.regex.matches(text).filter_map(|found| found.name("key"));
            keys.map(|key| ServiceKey { service: &row.service, span: key.span })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Knowledge;

    #[test]
    fn every_row_takes_its_example_and_leaves_its_near_miss() {
        let services = Knowledge::embedded().unwrap().services;
        assert!(!services.examples.is_empty() && !services.flags.is_empty());
        for example in &services.examples {
            // What must not stand in the table is built: a run of letters and digits of that length.
            let mut url = example.url.clone();
            while let Some((before, rest)) = url.split_once("[[") {
                let (length, after) = rest.split_once("]]").unwrap();
                let length: usize = length.parse().unwrap();
                let key: String = "9b4f7c2e8a1d6053".chars().cycle().take(length).collect();
                url = format!("{before}{key}{after}");
            }
            let found = services.find(&url);
            assert_eq!(!found.is_empty(), example.expected, "{}: {}", example.row, example.url);
            assert!(found.iter().all(|key| key.service == example.row));
        }
    }
}
