//! One finding, or one group of findings, in full: head, window, why, fix, trace, other places.

use super::layout::{crop, hang, paragraph, width, wrap};
use super::window::{Scene, draw};
use super::{Ink, Style, location, prose, tag};
use crate::finding::{Confidence, Finding, Place};
use crate::report::RuleInfo;
use crate::text::{Span, escape_controls};
use std::fmt::Write;

/// Lines of a rule page's fix, unless verbose; the page itself is one command away.
const FIX_LINES: usize = 6;
/// Steps of a trace, unless verbose: its beginning and its end.
const STEPS: usize = 12;
/// Other places of a finding or a group.
const OTHERS: usize = 5;
/// Columns of a quoted piece of another member.
const QUOTE: usize = 32;

/// `first` in full, `others` in a line, and `info` if the rule has not been explained yet.
pub(super) fn render(first: &Finding, others: &[&Finding], info: Option<&RuleInfo>, style: Style) -> String {
    let mut out = String::new();
    head(&mut out, first, style);
    place(&mut out, first, style);
    if let Some(info) = info {
        let why = if style.verbose { &info.why } else { prose::opening(&info.why) };
        detail(&mut out, "why", &prose::lines(why, text_columns("why", style), style.ellipsis()), style);
    }
    fix(&mut out, first, info, style);
    trace(&mut out, first, style);
    related(&mut out, &first.related, style);
    folded(&mut out, first, others, style);
    out
}

fn head(out: &mut String, finding: &Finding, style: Style) {
    let tag = tag(finding);
    let doubt = if finding.confidence == Confidence::Low { " (low confidence)" } else { "" };
    // The tag takes part in the wrapping as the first word, and is coloured afterwards.
    let message = escape_controls(&finding.message);
    let lines = wrap(&format!("{tag} {message}{doubt}"), style.columns().saturating_sub(2));
    for (number, line) in lines.iter().enumerate() {
        let (lead, rest) = match line.strip_prefix(tag.as_str()) {
            Some(rest) if number == 0 => (style.paint(Ink::Severity(finding.severity), &tag), rest),
            _ => (if number == 0 { String::new() } else { "  ".to_owned() }, line.as_str()),
        };
        out.push_str(&lead);
        out.push_str(&style.paint(Ink::Strong, rest));
        out.push('\n');
    }
}

fn place(out: &mut String, finding: &Finding, style: Style) {
    if let (Some(region), Some(excerpt)) = (finding.region, &finding.excerpt) {
        let path = finding.path.as_str();
        let sink = finding.trace.as_ref().and_then(|steps| steps.last());
        let note = sink.filter(|sink| sink.path == path && sink.region == Some(region)).map(|sink| sink.note.as_str());
        let scene = Scene { path, start: region.start, excerpt, note, severity: finding.severity };
        out.push_str(&draw(&scene, style));
    } else {
        let place = location(&finding.path, finding.region);
        detail(out, "at", &[style.paint(Ink::Place, &place)], style);
    }
}

fn fix(out: &mut String, finding: &Finding, info: Option<&RuleInfo>, style: Style) {
    let columns = text_columns("fix", style);
    let mut lines = finding.fix.as_ref().map_or_else(Vec::new, |fix| wrap(&fix.description, columns));
    let own = lines.len();
    if let Some(info) = info {
        lines.extend(prose::lines(&info.fix, columns, style.ellipsis()));
        if lines.len() > own + FIX_LINES && !style.verbose {
            lines.truncate(own + FIX_LINES - 1);
            lines.push(style.ellipsis().to_owned());
        }
    }
    detail(out, "fix", &lines, style);
}

fn trace(out: &mut String, finding: &Finding, style: Style) {
    let Some(steps) = finding.trace.as_deref().filter(|steps| !steps.is_empty()) else { return };
    let left_out = if style.verbose { 0 } else { steps.len().saturating_sub(STEPS) };
    let before = if left_out == 0 { steps.len() } else { STEPS / 2 };
    let numbered = steps.iter().enumerate().map(|(at, step)| (at + 1, step));
    let shown: Vec<_> = numbered.filter(|(at, _)| *at <= before || *at > before + left_out).collect();
    let column = aligned(shown.iter().map(|(_, step)| *step), style);
    let digits = steps.len().to_string().len();
    heading(out, "trace", style);
    for (at, step) in shown {
        if left_out > 0 && at == before + left_out + 1 {
            out.push_str(&format!("    {} {left_out} more steps\n", style.ellipsis()));
        }
        where_and_what(out, &format!("    {at:digits$}. "), step, column, style);
    }
}

fn related(out: &mut String, places: &[Place], style: Style) {
    let shown = if style.verbose { places } else { places.get(..OTHERS).unwrap_or(places) };
    if shown.is_empty() {
        return;
    }
    heading(out, "see also", style);
    let column = aligned(shown.iter(), style);
    for place in shown {
        where_and_what(out, "    ", place, column, style);
    }
    if shown.len() < places.len() {
        out.push_str(&format!("    {} {} more\n", style.ellipsis(), places.len() - shown.len()));
    }
}

/// The column of notes beside their places, or `None` where the paths are too long for two columns.
fn aligned<'a>(places: impl Iterator<Item = &'a Place>, style: Style) -> Option<usize> {
    let widest = places.map(|place| width(&location(&place.path, place.region))).max()?;
    (widest <= style.columns() / 2).then_some(widest)
}

fn where_and_what(out: &mut String, lead: &str, place: &Place, column: Option<usize>, style: Style) {
    let at = location(&place.path, place.region);
    let gap = " ".repeat(column.map_or(0, |column| column.saturating_sub(width(&at))) + 2);
    let painted = style.paint(Ink::Place, &at);
    if place.note.is_empty() {
        out.push_str(&format!("{lead}{painted}\n"));
    } else if column.is_some() {
        let indent = width(lead) + width(&at) + gap.len();
        let notes = wrap(&place.note, style.columns().saturating_sub(indent));
        hang(out, &format!("{lead}{painted}{gap}"), indent, &notes);
    } else {
        out.push_str(&format!("{lead}{painted}\n"));
        paragraph(out, &" ".repeat(width(lead) + 2), &place.note, style.columns());
    }
}

fn folded(out: &mut String, first: &Finding, others: &[&Finding], style: Style) {
    if others.is_empty() {
        return;
    }
    let shown = others.iter().take(if style.verbose { others.len() } else { OTHERS });
    let mut list: Vec<String> = shown.map(|other| member(first, other, style)).collect();
    if list.len() < others.len() {
        list.push(style.ellipsis().to_owned());
    }
    let text = format!("{} more here: {}", others.len(), list.join(", "));
    detail(out, "and", &wrap(&text, text_columns("and", style)), style);
}

/// `line 12 (`pkg`)`, with the path if it is another file.
fn member(first: &Finding, other: &Finding, style: Style) -> String {
    let mut out = match other.region {
        Some(region) if other.path == first.path => format!("line {}", region.start.line),
        _ => location(&other.path, other.region),
    };
    let quoted = other.excerpt.as_ref().map(|excerpt| excerpt.label_text()).unwrap_or_default();
    if !quoted.trim().is_empty() && !quoted.contains('\n') {
        let quoted = escape_controls(quoted.trim());
        let (quoted, _) = crop(&quoted, Span::default(), QUOTE, style.ellipsis());
        // Writing to a string cannot fail.
        let _ = write!(out, " (`{quoted}`)");
    }
    out
}

fn heading(out: &mut String, key: &str, style: Style) {
    out.push_str(&format!("  {}\n", style.paint(Ink::Faint, &format!("{key}:"))));
}

/// Columns left for the text of a detail.
fn text_columns(key: &str, style: Style) -> usize {
    style.columns().saturating_sub(key.len() + 4)
}

/// `  key: text`, with further lines under the text.
pub(super) fn detail(out: &mut String, key: &str, lines: &[String], style: Style) {
    hang(out, &format!("  {} ", style.paint(Ink::Faint, &format!("{key}:"))), key.len() + 4, lines);
}
