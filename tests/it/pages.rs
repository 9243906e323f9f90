//! Every embedded rule page proves itself: form, cases, fixes.

use mcp_picket::cases::run_pages;
use mcp_picket::report::text::{Diagnostic, Style, diagnostic};
use mcp_picket::rule::{Catalogue, Knowledge};
use std::sync::Arc;

#[test]
fn every_page_passes_its_own_cases() {
    let style = Style::default();
    let catalogue = Catalogue::load(&[]).unwrap_or_else(|found| panic!("{}", render(&found, style)));
    let knowledge = Arc::new(Knowledge::embedded().unwrap_or_else(|found| panic!("{}", render(&found, style))));
    let reports = run_pages(&catalogue, &knowledge, |_| true);
    assert_eq!(reports.len(), catalogue.rules().len());
    let failed: Vec<String> =
        reports.iter().filter(|page| !page.failures.is_empty()).map(|page| render(&page.failures, style)).collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    assert!(reports.iter().map(|page| page.cases).sum::<usize>() >= 4 * reports.len());
}

fn render(found: &[mcp_picket::rule::Diagnostic], style: Style) -> String {
    let one = |d: &mcp_picket::rule::Diagnostic| {
        diagnostic(
            &Diagnostic {
                path: &d.path,
                source: &d.source,
                span: d.span,
                message: &d.message,
                help: d.help.as_deref(),
            },
            &mcp_picket::app::redactor(),
            style,
        )
    };
    found.iter().map(one).collect::<Vec<_>>().join("\n")
}
