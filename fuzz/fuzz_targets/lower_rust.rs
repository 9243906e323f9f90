#![no_main]

use mcp_picket::document::Language;

#[path = "../lowered.rs"]
mod lowered;

libfuzzer_sys::fuzz_target!(|data: &[u8]| lowered::check(Language::Rust, "x.rs", data));
