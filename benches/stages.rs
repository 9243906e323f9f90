//! How long each stage takes: loading pages, parsing, matching, a whole scan. `cargo bench`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mcp_picket::app::{Environment, ScanOptions, Standard, load_rules, scan};
use mcp_picket::document::{Language, parse};
use mcp_picket::engine::Engine;
use mcp_picket::intake::Artifact;
use mcp_picket::rule::{Catalogue, embedded_pages};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The embedded pages over and over under other names, until there are as many as the finished tool will have.
fn many_pages(count: usize) -> Vec<(String, Arc<str>, bool)> {
    let pages: Vec<_> = embedded_pages().filter(|(_, text)| !text.contains("supersedes")).collect();
    let one = |at: usize| {
        let (path, text) = pages[at % pages.len()];
        (path.replace(".md", &format!("-{at}.md")), Arc::from(text), true)
    };
    (0..count).map(one).collect()
}

fn load(c: &mut Criterion) {
    let pages = many_pages(150);
    c.bench_function("load/150 pages", |b| {
        b.iter_batched(
            || pages.clone().into_iter(),
            |pages| Catalogue::from_pages(pages).unwrap(),
            BatchSize::LargeInput,
        );
    });
    c.bench_function("load/rules and knowledge", |b| b.iter(|| load_rules(&[]).unwrap()));
    let rules = load_rules(&[]).unwrap();
    c.bench_function("load/compile matchers", |b| {
        b.iter(|| {
            Engine::new(rules.catalogue.rules().to_vec(), Arc::clone(&rules.knowledge), BTreeMap::new()).unwrap()
        });
    });
}

fn parsers(c: &mut Criterion) {
    let server = |at: usize| {
        format!(
            "\"server-{at}\": {{ \"command\": \"npx\", \"args\": [\"-y\", \"@acme/x@1.0.{at}\"], \"env\": {{ \"LOG\": \"1\" }} }}"
        )
    };
    let json = format!("{{ \"mcpServers\": {{ {} }} }}", (0..2_000).map(server).collect::<Vec<_>>().join(",\n"));
    let yaml: String = (0..4_000)
        .map(|at| format!("server-{at}:\n  cmd: uvx\n  args: [x=={at}]\n  envs:\n    LOG: \"1\"\n"))
        .collect();
    let toml: String =
        (0..4_000).map(|at| format!("[mcp_servers.s{at}]\ncommand = \"npx\"\nargs = [\"-y\", \"x@{at}\"]\n")).collect();
    let mut group = c.benchmark_group("parse");
    for (language, text) in [(Language::Json, json), (Language::Yaml, yaml), (Language::Toml, toml)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(language.as_str(), |b| b.iter(|| parse(language, black_box(&text))));
    }
    group.finish();
}

fn matching(c: &mut Criterion) {
    let rules = load_rules(&[]).unwrap();
    let engine = Engine::new(rules.catalogue.rules().to_vec(), rules.knowledge, BTreeMap::new()).unwrap();
    let quiet = "def handler(path: str) -> str:\n    return open(path).read()  # nothing that any rule looks for\n"
        .repeat(10_000);
    let config = std::fs::read_to_string(fixture().join(".mcp.json")).unwrap();
    let mut group = c.benchmark_group("match");
    for (name, path, text) in [("quiet source", "src/server.py", quiet), ("client configuration", ".mcp.json", config)]
    {
        let artifact = Artifact::in_memory(path, &text);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| engine.examine(black_box(&artifact))));
    }
    group.finish();
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/insecure")
}

fn whole(c: &mut Criterion) {
    let environment = Environment::without_terminal(fixture(), jiff::civil::date(2026, 1, 1));
    c.bench_function("scan/fixtures/insecure", |b| {
        b.iter(|| {
            let mut out = Vec::new();
            let standard = Standard { out: &mut out, progress: &|| (), finished: &|| () };
            scan(&ScanOptions::default(), &environment, standard).unwrap()
        });
    });
}

criterion_group!(benches, load, parsers, matching, whole);
criterion_main!(benches);
