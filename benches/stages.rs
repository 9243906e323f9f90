//! How long each stage takes: loading pages, parsing, matching, a whole scan. `cargo bench`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mcp_picket::app::{Environment, ScanOptions, Standard, load_rules, scan};
use mcp_picket::document::{Language, parse};
use mcp_picket::engine::Engine;
use mcp_picket::intake::Artifact;
use mcp_picket::lower::lower;
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

/// Source as people write it, as compilers of TypeScript and bundlers write it, and as minifiers do.
fn lowering(c: &mut Criterion) {
    let plain = |at: usize| {
        format!(
            "/** Reads what the request names, number {at}. */\n\
             export async function read{at}(request, options = {{}}) {{\n\
             \x20 const {{ path, encoding = \"utf8\", limit }} = request.params.arguments;\n\
             \x20 if (typeof path !== \"string\" || path.length === 0) {{\n\
             \x20   throw new Error(`no path was given for number ${{limit}}: ${{path}}`);\n\
             \x20 }}\n\
             \x20 // The client decides how much of it there is.\n\
             \x20 for (const entry of await fs.readdir(path, {{ withFileTypes: true }})) {{\n\
             \x20   const target = join(path, entry.name);\n\
             \x20   results.push({{ name: entry.name, size: await measure(target), isLast: results.length > limit - {at} }});\n\
             \x20 }}\n\
             \x20 return results.filter((it) => it.size > 0).map((it) => it.name);\n\
             }}\n\n"
        )
    };
    let bundled = |at: usize| {
        format!(
            "/***/ {at}: /***/ ((module, exports, __webpack_require__) => {{\n\n\
             const path_1 = __webpack_require__({at});\n\
             exports.run = function (args) {{ return (0, path_1.join)(args.root, args.name || \"{at}\"); }};\n\n/***/ }}),\n\n"
        )
    };
    let minified = |at: usize| {
        format!(
            "function e{at}(e,t){{var n,r=t(81),o={{a:!0,b:[1,2,e.length]}};return e&&(n=e.path,o.c=r.join(n,\"{at}\")),o.a?o:void 0}}"
        )
    };
    let several = |one: &dyn Fn(usize) -> String, count: usize| (0..count).map(one).collect::<String>();
    let mut group = c.benchmark_group("lower");
    group.sample_size(20);
    for (name, path, text) in [
        ("plain JavaScript", "a.js", several(&plain, 1_200)),
        ("plain TypeScript", "a.ts", several(&plain, 1_200)),
        ("bundled JavaScript", "b.js", format!("({{\n{}}})", several(&bundled, 5_000))),
        ("minified JavaScript", "c.js", several(&minified, 7_000)),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| lower(Language::JavaScript, path, black_box(&text))));
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

criterion_group!(benches, load, parsers, lowering, matching, whole);
criterion_main!(benches);
