//! The invariants of ARCHITECTURE.md, as far as text can tell: layers, walls, headers, sizes, pages.

use mcp_picket::matcher::{Matcher, NATIVE_CHECKS};
use mcp_picket::rule::{Catalogue, Knowledge, embedded_pages};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The layer of every top-level module. Imports go down only; `main` stands above all.
const LAYERS: &[(&str, usize)] = &[
    ("text", 0),
    ("finding", 1),
    ("document", 1),
    ("rule", 2),
    ("intake", 2),
    ("lower", 2),
    ("deployment", 3),
    ("flow", 4),
    ("matcher", 5),
    ("engine", 6),
    ("triage", 7),
    ("fix", 7),
    ("cases", 8),
    ("report", 8),
    ("app", 9),
    ("cli", 10),
    ("main", 11),
];

/// Modules that import less than their layer would allow.
const NARROWER: &[(&str, usize)] = &[("triage", 2), ("report", 2)];

struct Source {
    module: String,
    path: PathBuf,
    /// Without test modules and comments.
    code: String,
    /// As written.
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let inside = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let module = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        Source { module, code: without_tests(&text), path, text }
    };
    files(&src, "rs")
        .into_iter()
        .map(read)
        .filter(|source| source.module != "lib" && !is_test_file(&source.path))
        .collect()
}

/// Files that only a `#[cfg(test)] mod` declares.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_string_lossy();
    let is_declared_so = |parent: &Path| {
        let files = [parent.join("mod.rs"), parent.with_extension("rs")];
        files
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok())
            .any(|text| text.contains(&format!("#[cfg(test)]\nmod {name};")))
    };
    let parent = path.parent().unwrap();
    is_declared_so(parent) || parent.file_name().is_some_and(|folder| folder == "tests")
}

/// The code above the first test module, without line comments.
fn without_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map_or_else(|| panic!("`{module}` has no layer"), |(_, layer)| *layer)
}

/// The top-level modules that a file names by `crate::…`.
fn imports(code: &str) -> BTreeSet<String> {
    let after = code
        .match_indices("crate::")
        .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    let mut out = BTreeSet::new();
    for (at, marker) in after {
        let rest = &code[at + marker.len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => group_heads(group),
            None => vec![rest],
        };
        for name in names {
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            out.insert(name[..end].to_owned());
        }
    }
    out.retain(|name| LAYERS.iter().any(|(module, _)| module == name));
    out
}

/// The beginnings of the members of a `{…}` group that nests.
fn group_heads(group: &str) -> Vec<&str> {
    let mut heads = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                heads.push(group[start..at].trim());
                break;
            }
            ',' if depth == 0 => {
                heads.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

#[test]
fn imports_are_read_from_any_form() {
    let code = "use crate::{a_b::{c, d}, text::Span, rule};\nfn f() { crate::engine::x(); mycrate::app(); }";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(found, ["engine", "rule", "text"]);
}

#[test]
fn imports_go_down_the_layers_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        let own = layer(&source.module);
        let limit =
            NARROWER.iter().find(|(name, _)| *name == source.module).map_or(own.saturating_sub(1), |(_, limit)| *limit);
        for import in imports(&source.code) {
            if import != source.module && layer(&import) > limit {
                wrong.push(format!("{} imports {import}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_layer_and_every_layer_a_module() {
    let found: BTreeSet<String> = sources().into_iter().map(|source| source.module).collect();
    let known: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known);
}

/// What only some modules may name, and which.
const WALLS: &[(&str, &[&str])] = &[
    ("std::fs", &["intake", "app"]),
    ("std::{", &[]),
    ("std::env", &["app"]),
    ("std::process::Command", &[]),
    ("std::net::Tcp", &[]),
    ("std::net::Udp", &[]),
    ("std::os::unix::net", &[]),
    ("tokio::", &[]),
    ("rmcp::", &[]),
    ("ignore::", &["intake"]),
    ("walkdir::", &["intake"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("SystemTime", &[]),
    ("Timestamp::now", &["app"]),
];

#[test]
fn the_walls_stand() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, allowed) in WALLS {
            let named = source
                .code
                .match_indices(name)
                .any(|(at, _)| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'));
            if named && !allowed.contains(&source.module.as_str()) {
                wrong.push(format!("{} names {name}", source.path.display()));
            }
        }
        let is_text_report = source.path.to_string_lossy().replace('\\', "/").contains("src/report/text");
        if source.code.contains("miette::") && !is_text_report {
            wrong.push(format!("{} names miette", source.path.display()));
        }
        let is_sarif_report = source.path.to_string_lossy().replace('\\', "/").contains("src/report/sarif");
        if source.code.contains("serde_sarif::") && !is_sarif_report {
            wrong.push(format!("{} names serde_sarif", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_and_stay_small() {
    let mut lengths = Vec::new();
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} does not say what it is", source.path.display());
        let length = source.text.split("#[cfg(test)]\nmod tests {").next().unwrap().lines().count();
        assert!(length <= 600, "{} has {length} lines without its tests", source.path.display());
        lengths.push(length);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 200, "the median module has {median} lines");
}

#[test]
fn every_page_under_rules_is_compiled_in() {
    let dir = root().join("rules");
    let on_disk: BTreeSet<String> = files(&dir, "md")
        .into_iter()
        .map(|path| path.strip_prefix(&dir).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    let embedded: BTreeSet<String> = embedded_pages().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(on_disk, embedded);
    let stray: Vec<_> =
        walk_all(&dir).into_iter().filter(|path| !path.ends_with(".md") && !path.ends_with(".toml")).collect();
    assert!(stray.is_empty(), "no build picks up {stray:?}");
    assert!(files(&dir, "toml").iter().all(|path| path.parent().is_some_and(|parent| parent.ends_with("knowledge"))));
}

fn walk_all(dir: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(walk_all(&path)) } else { out.push(path.to_string_lossy().into_owned()) }
    }
    out
}

#[test]
fn every_native_check_and_every_raised_event_belongs_to_exactly_one_page() {
    let catalogue = Catalogue::load(&[]).unwrap();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut native_pages = BTreeSet::new();
    for rule in catalogue.rules() {
        for spec in rule.matches.iter().filter(|spec| ["native", "reported"].contains(&spec.matcher.as_str())) {
            *uses.entry(rule.word(spec).unwrap()).or_default() += 1;
            if spec.matcher == "native" {
                native_pages.insert(&rule.id);
            }
        }
    }
    assert!(uses.values().all(|count| *count == 1), "{uses:?}");
    for check in NATIVE_CHECKS {
        assert!(uses.contains_key(check.name), "no page uses the native check {}", check.name);
    }
    let share = native_pages.len() * 100 / catalogue.rules().len();
    assert!(share <= 15, "{share} % of the pages lean on a native check of their own: a matcher is missing");
}

#[test]
fn rust_code_names_no_rule() {
    let catalogue = Catalogue::load(&[]).unwrap();
    for source in sources() {
        for rule in catalogue.rules() {
            assert!(
                !source.code.contains(&format!("\"{}\"", rule.id)),
                "{} names the rule {}",
                source.path.display(),
                rule.id
            );
        }
    }
}

#[test]
fn every_expression_of_every_page_and_table_compiles_and_is_cheap() {
    // As pages of a user, whose expressions are not taken on trust.
    let pages = embedded_pages().map(|(path, text)| (path.to_owned(), Arc::from(text), false));
    let catalogue = Catalogue::from_pages(pages).unwrap();
    let knowledge = Arc::new(Knowledge::embedded().unwrap());
    for rule in catalogue.rules() {
        Matcher::compile_all(rule, &knowledge).unwrap();
    }
    Knowledge::check_expressions().unwrap();
}

#[test]
fn unsafe_code_is_forbidden_in_every_crate() {
    for manifest in ["Cargo.toml", "reference/Cargo.toml"] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest}");
    }
    assert!(fs::read_to_string(root().join("Cargo.toml")).unwrap().contains("unsafe_code = \"forbid\""));
}

#[test]
fn the_reference_server_imports_nothing_of_the_auditor() {
    let manifest = fs::read_to_string(root().join("reference/Cargo.toml")).unwrap();
    assert!(!manifest.contains("mcp-picket =") && !manifest.contains("path = \"..\""));
    for file in files(&root().join("reference/src"), "rs") {
        assert!(!fs::read_to_string(&file).unwrap().contains("mcp_picket"), "{}", file.display());
    }
}
