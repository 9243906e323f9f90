//! Where something is: relative URIs, regions in UTF-16 columns, logical locations.

use super::shapes::{message, number};
use crate::finding::{Finding, Place, Region};
use crate::report::upload::{is_inside, standing};
use serde_sarif::sarif::{self, ArtifactContent, ArtifactLocation, Location, LogicalLocation, PhysicalLocation};

/// What all URIs are relative to: the directory in which the scan was started.
pub(super) const ROOT: &str = "SRCROOT";

/// Described and not located: its absolute path is nobody's business.
pub(super) fn root() -> ArtifactLocation {
    ArtifactLocation::builder()
        .description(message("The directory in which mcp-picket was started: the root of the repository."))
        .build()
}

pub(super) fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri(path)).uri_base_id(ROOT).build()
}

/// `path` percent-encoded. A first part with a colon would be a scheme.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@+=,!$&'()*;".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// All four numbers, always: code scanning refuses a region without them.
pub(super) fn region(region: Region) -> sarif::Region {
    sarif::Region::builder()
        .start_line(number(region.start.line))
        .start_column(number(region.start.utf16_column))
        .end_line(number(region.end.line))
        .end_column(number(region.end.utf16_column))
        .build()
}

/// A finding about a file as a whole stands at its very beginning.
fn beginning() -> sarif::Region {
    sarif::Region::builder().start_line(1).start_column(1).end_line(1).end_column(1).build()
}

/// The one place of a finding, with what stands there, redacted.
pub(super) fn location(finding: &Finding) -> Location {
    let (path, place) = standing(&finding.path, finding.region);
    let mut shown = place.map_or_else(beginning, region);
    let mut physical = PhysicalLocation::builder().artifact_location(artifact(path)).build();
    if let Some(excerpt) = finding.excerpt.as_ref().filter(|_| place.is_some()) {
        let label = excerpt.label_text();
        shown.snippet = (!label.is_empty()).then(|| content(label));
        let last = excerpt.first_line + excerpt.text.matches('\n').count();
        // Only around the whole finding: of a long one the window shows the beginning.
        if finding.region.is_some_and(|region| region.end.line <= last) {
            let mut around = sarif::Region::builder().start_line(number(excerpt.first_line)).build();
            around.end_line = Some(number(last));
            around.snippet = Some(content(&excerpt.text));
            physical.context_region = Some(around);
        }
    }
    physical.region = Some(shown);
    let mut location = Location::builder().physical_location(physical).build();
    location.logical_locations = finding.pointer.as_deref().filter(|pointer| !pointer.is_empty()).map(logical);
    location
}

fn content(text: &str) -> ArtifactContent {
    ArtifactContent::builder().text(text).build()
}

/// A JSON pointer as the name of a value.
fn logical(pointer: &str) -> Vec<LogicalLocation> {
    let last = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
    let mut value = LogicalLocation::builder().fully_qualified_name(pointer).kind("value").build();
    value.name = (!last.is_empty()).then_some(last);
    vec![value]
}

/// A step of a trace or another place of a problem. One outside the repository is mentioned and not named.
pub(super) fn step(place: &Place) -> Location {
    if !is_inside(&place.path) {
        return Location::builder().message(message("outside the current directory")).build();
    }
    let (path, part) = standing(&place.path, place.region);
    let mut physical = PhysicalLocation::builder().artifact_location(artifact(path)).build();
    physical.region = Some(part.map_or_else(beginning, region));
    let mut location = Location::builder().physical_location(physical).build();
    location.message = (!place.note.is_empty()).then(|| message(place.note.as_str()));
    location
}

/// A file, or a line of it (`path:line`); `None` outside the repository.
pub(super) fn file(path: &str, line: Option<usize>) -> Option<Location> {
    if !is_inside(path) || path == "." {
        return None;
    }
    let mut physical = PhysicalLocation::builder().artifact_location(artifact(path)).build();
    physical.region = line.map(|line| sarif::Region::builder().start_line(number(line.max(1))).build());
    Some(Location::builder().physical_location(physical).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_relative_and_encoded() {
        for (path, expected) in [
            ("a/b.json", "a/b.json"),
            ("./a", "a"),
            ("a b/ü#?.json", "a%20b/%C3%BC%23%3F.json"),
            ("a:b", "a%3Ab"),
            ("100%", "100%25"),
            (r"a\u{1b}", "a%5Cu%7B1b%7D"),
            ("[id]/(x)", "%5Bid%5D/(x)"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
