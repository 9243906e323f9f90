//! Every token format in every kind of text: true tokens are found once, exactly; what is one character off is not.
//!
//! There is no list of formats here: a new row of the table is under test when it is written.

use mcp_picket::engine::Engine;
use mcp_picket::intake::Artifact;
use mcp_picket::rule::{Catalogue, Generated, Knowledge, TokenFormat};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

const SEEDS: [u64; 3] = [3, 17, 4242];

/// How a text holds a token: the path that it has, and what it writes for a name and a token.
struct Place {
    shows: &'static str,
    path: &'static str,
    head: &'static str,
    tail: &'static str,
    write: fn(&str, &str) -> String,
    /// How the token's characters are written there.
    escape: fn(&str) -> String,
    /// Whether a token can stand there as it is.
    takes: fn(&str) -> bool,
}

const PLAIN: Place = Place {
    shows: "",
    path: "notes.txt",
    head: "",
    tail: "",
    write: |_, _| String::new(),
    escape: str::to_owned,
    takes: |_| true,
};

/// Characters that end a word of a URL or a shell, or begin an escape.
fn is_simple(token: &str) -> bool {
    !token.contains(['$', '/', '+', '=', ':', '@', '!', '~'])
}

fn percent(token: &str) -> String {
    let encode = |c: char| if "$/+=:@".contains(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() };
    token.chars().map(encode).collect()
}

fn places() -> Vec<Place> {
    vec![
        Place {
            shows: "a string of JSON",
            path: "config.json",
            head: "{\n",
            tail: "  \"end\": 1\n}\n",
            write: |name, token| format!("  \"{name}\": \"{token}\",\n"),
            ..PLAIN
        },
        Place {
            shows: "a string of JSON, behind an escape",
            path: "config.json",
            head: "[\n",
            tail: "1]\n",
            write: |name, token| format!("  \"{name} is\\n{token}\\nsays \\\"x\\\"\",\n"),
            ..PLAIN
        },
        Place {
            shows: "a string of JSON that escapes slashes",
            path: "config.json",
            head: "[\n",
            tail: "1]\n",
            write: |name, token| format!("  \"{name}: {token}\",\n"),
            escape: |token| token.replace('/', "\\/").replace('+', "\\u002B"),
            ..PLAIN
        },
        Place {
            shows: "a plain scalar of YAML",
            path: "config.yaml",
            write: |name, token| format!("{name}: {token}\n"),
            ..PLAIN
        },
        Place {
            shows: "a quoted scalar of YAML",
            path: "config.yaml",
            write: |name, token| format!("{name}: '{token}' # kept\n"),
            ..PLAIN
        },
        Place {
            shows: "a block scalar of YAML",
            path: "config.yaml",
            head: "env: |\n",
            write: |name, token| format!("  export {name}={token}\n"),
            ..PLAIN
        },
        Place {
            shows: "a string of TOML",
            path: "config.toml",
            write: |name, token| format!("{name} = \"{token}\"\n"),
            ..PLAIN
        },
        Place {
            shows: "a multi-line string of TOML",
            path: "config.toml",
            head: "env = \"\"\"\n",
            tail: "\"\"\"\n",
            write: |name, token| format!("{name}\n{token}\n"),
            ..PLAIN
        },
        Place { shows: "a dotenv file", path: ".env", write: |name, token| format!("{name}={token}\n"), ..PLAIN },
        Place {
            shows: "an exported variable",
            path: "run.sh",
            write: |name, token| format!("export {name}=\"{token}\"\n"),
            ..PLAIN
        },
        Place {
            shows: "a header of curl",
            path: "run.sh",
            write: |name, token| format!("curl -H \"X-{name}: Bearer {token}\" https://api.acme.io\n"),
            ..PLAIN
        },
        Place {
            shows: "a string of Python",
            path: "app.py",
            write: |name, token| format!("{name} = '{token}'\n"),
            ..PLAIN
        },
        Place {
            shows: "a multi-line string of Python",
            path: "app.py",
            head: "ENV = \"\"\"\n",
            tail: "\"\"\"\n",
            write: |name, token| format!("{name} {token}\n"),
            ..PLAIN
        },
        Place {
            shows: "a template literal of JavaScript",
            path: "app.js",
            write: |name, token| format!("const {name} = `Bearer {token}`;\n"),
            ..PLAIN
        },
        Place {
            shows: "an argument of JavaScript",
            path: "app.ts",
            write: |name, token| format!("connect({{{name}: \"{token}\"}});\n"),
            ..PLAIN
        },
        Place {
            shows: "code in a line of Markdown",
            path: "README.md",
            write: |name, token| format!("Set {name} to `{token}`.\n\n"),
            ..PLAIN
        },
        Place {
            shows: "a fence of Markdown",
            path: "README.md",
            head: "```sh\n",
            tail: "```\n",
            write: |name, token| format!("{name}={token} run\n"),
            ..PLAIN
        },
        Place {
            shows: "a query of a URL",
            path: "config.json",
            head: "[\n",
            tail: "1]\n",
            write: |name, token| format!("\"https://mcp.acme.io/{name}?v=1&k={token}&x=1\",\n"),
            escape: percent,
            ..PLAIN
        },
        Place {
            shows: "a query that is itself encoded",
            path: "urls.txt",
            write: |name, token| format!("https://acme.io/{name}?next=%2Fmcp%3Fk%3D{token}%26x\n"),
            takes: is_simple,
            ..PLAIN
        },
        Place {
            shows: "the user of a URL",
            path: "run.sh",
            write: |name, token| format!("git clone https://{token}@acme.io/{name}\n"),
            takes: is_simple,
            ..PLAIN
        },
        Place {
            shows: "the password of a URL",
            path: "run.sh",
            write: |name, token| format!("git clone https://x:{token}@acme.io/{name}\n"),
            takes: is_simple,
            ..PLAIN
        },
    ]
}

struct Bench {
    engine: Engine,
    knowledge: Arc<Knowledge>,
}

impl Bench {
    fn new() -> Self {
        let knowledge = Arc::new(Knowledge::embedded().unwrap());
        let catalogue = Catalogue::load(&[]).unwrap();
        let rules = catalogue.rules().iter().filter(|rule| rule.id == crate::common::TOKEN_RULE).cloned().collect();
        Self { engine: Engine::new(rules, Arc::clone(&knowledge), BTreeMap::new()).unwrap(), knowledge }
    }

    fn formats(&self) -> &[TokenFormat] {
        &self.knowledge.tokens.formats
    }

    /// What is found: where, and what it is called.
    fn found(&self, path: &str, text: &str) -> Vec<(Range<usize>, String)> {
        let findings = self.engine.examine(&Artifact::in_memory(path, text)).findings;
        let region = |finding: &mcp_picket::finding::Finding| finding.region.unwrap().span;
        let mut found: Vec<_> = findings
            .iter()
            .map(|finding| (region(finding).start..region(finding).end, finding.message.clone()))
            .collect();
        found.sort_by_key(|(range, _)| range.start);
        found
    }
}

/// A name that holds the word that the format asks for.
fn name(format: &TokenFormat) -> String {
    let near = format.near.first().map_or("service", |word| word.trim_end_matches('_'));
    format!("{}_{}", near.to_uppercase(), format.id.replace('-', "_"))
}

#[test]
fn there_are_many_formats_and_each_is_its_own() {
    let knowledge = Knowledge::embedded().unwrap();
    let formats = &knowledge.tokens.formats;
    assert!(formats.len() >= 120, "{}", formats.len());
    assert_eq!(formats.iter().map(|format| &format.id).collect::<BTreeSet<_>>().len(), formats.len());
    for format in formats {
        assert!(format.reference.starts_with("https://"), "{}", format.id);
        assert!(format.visible < 48, "{}", format.id);
    }
}

#[test]
fn every_format_is_found_once_and_exactly_in_every_kind_of_text() {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    for place in places() {
        for seed in SEEDS {
            let mut text = place.head.to_owned();
            let mut expected = Vec::new();
            for format in bench.formats() {
                let token = format.generate(seed, Generated::Valid);
                if !(place.takes)(&token) {
                    continue;
                }
                let token = (place.escape)(&token);
                let written = (place.write)(&name(format), &token);
                let at = text.len() + written.rfind(&token).unwrap();
                text.push_str(&written);
                expected.push((
                    at..at + token.len(),
                    format!("{} stands here by value", format.described()),
                    &format.id,
                ));
            }
            text.push_str(place.tail);
            let mut found = bench.found(place.path, &text).into_iter().peekable();
            for (range, message, id) in expected {
                while found.next_if(|(found, _)| found.start < range.start).is_some_and(|(found, message)| {
                    wrong.push(format!("{}: {message} beside {id}: {:?}", place.shows, text.get(found)));
                    true
                }) {}
                match found.next_if(|(found, _)| found.start == range.start) {
                    Some((found, said)) if found == range && said == message => {}
                    other => wrong.push(format!("{}: {id} {:?} gave {other:?}", place.shows, text.get(range))),
                }
            }
            wrong.extend(found.map(|found| format!("{}: too many: {found:?}", place.shows)));
        }
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_one_character_off_is_no_token() {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    for seed in SEEDS {
        for format in bench.formats() {
            let text: String = format
                .near_misses(seed)
                .iter()
                .map(|(what, off)| format!("{} {what}: \"{off}\"\n", name(format)))
                .collect();
            let found = bench.found("config.txt", &text);
            wrong.extend(found.into_iter().map(|(range, said)| format!("{}: {said} {:?}", format.id, text.get(range))));
        }
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_token_inside_a_longer_word_is_none() {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    for format in bench.formats() {
        let token = format.generate(5, Generated::Valid);
        // Longer than any token, so that it is no token of another length.
        let more = "bZ7".repeat(1_400);
        let text = format!("{0} = \"a{token}\"\n{0} = \"{token}{more}\"\n{0} = \"9_{token}\"\n", name(format));
        let found = bench.found("config.txt", &text);
        wrong.extend(found.into_iter().map(|(range, said)| format!("{}: {said} {:?}", format.id, text.get(range))));
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn references_placeholders_and_what_only_looks_alike_are_silent() {
    let bench = Bench::new();
    for format in bench.formats() {
        let name = name(format);
        let anchor = format.anchors.first().unwrap();
        let text = [
            "${NAME}",
            "${env:NAME}",
            "{env:NAME}",
            "${input:token}",
            "op://vault/item/field",
            "$(pass show x)",
            "%NAME%",
            "<token>",
            "YOUR_TOKEN",
            "********",
        ]
        .iter()
        .flat_map(|value| [format!("{name}={value}\n"), format!("{name}={anchor}{value}\n")])
        .chain([format!("{name}={anchor}...\n"), format!("{name}={anchor}{}\n", "x".repeat(48))])
        .collect::<String>();
        assert_eq!(bench.found(".env", &text), [], "{}", format.id);
    }
}

#[test]
fn hashes_ids_public_keys_and_encoded_bytes_are_silent() {
    let bench = Bench::new();
    // Random characters of every alphabet, as lock files, images and minified code hold them.
    let random = |alphabet: &str, length: usize, seed: usize| -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut state = seed as u64 * 0x9E37_79B9 + 1;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                letters[usize::try_from(state >> 33).unwrap() % letters.len()]
            })
            .collect()
    };
    let hex = "0123456789abcdef";
    let base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for seed in 0..80 {
        text.push_str(&format!("sha1 {}\n", random(hex, 40, seed)));
        text.push_str(&format!("sha256:{}\n", random(hex, 64, seed)));
        text.push_str(&format!("\"integrity\": \"sha512-{}==\"\n", random(base64, 86, seed)));
        text.push_str(&format!("data:image/png;base64,{}=\n", random(base64, 1_999, seed)));
        let part = |length| random(hex, length, seed + length);
        text.push_str(&format!("id {}-{}-{}-{}-{}\n", part(8), part(4), part(4), part(4), part(12)));
        text.push_str(&format!(
            "pk_live_{0} pk_test_{0} sb_publishable_{1}_{2} phc_{3}\n",
            part(24),
            part(22),
            part(8),
            part(43)
        ));
        text.push_str(&format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{} me@acme\n", random(base64, 44, seed)));
    }
    assert_eq!(bench.found("lock.txt", &text), []);
}
