#![no_main]

use mcp_picket::document::{Language, parse};
use mcp_picket::lower::embedded;
use mcp_picket::text::Span;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for (path, language) in [("x.ipynb", Language::Json), ("x.md", Language::Markdown)] {
        let document = parse(language, &text);
        for embedded in embedded(path, &document, &text) {
            for at in 0..embedded.text.len().min(1_000) {
                assert!(embedded.place(Span::new(at, at + 1)).slice(&text).is_some());
            }
        }
    }
});
