//! The condition words of `server`: what a value of a server declaration is. Documented here and nowhere else.

mod container;
mod host;
mod program;
mod scope;
mod script;

use super::place::{Hit, Place, Verdict, Word};
use super::secret;
use crate::deployment::{Endpoint, HostKind, Pin};
use crate::matcher::Capture;
use crate::rule::ValueKind;
use crate::text::Span;
use regex::Regex;
use std::sync::LazyLock;

/// All words.
pub static WORDS: &[Word] = &[
    Word {
        name: "package-runner",
        help: "a command that fetches a package from a registry and runs it",
        captures: &[],
        test: package_runner,
    },
    Word {
        name: "package-without-version",
        help: "the package or image that is run, if what it names can change without a change here",
        captures: &["package", "pin"],
        test: package_without_version,
    },
    Word {
        name: "home-path",
        help: "a path into the home directory of a person; service accounts and placeholders are nobody",
        captures: &["path"],
        test: home_path,
    },
    Word {
        name: "literal-secret",
        help: "a credential by value: by the name it stands behind, by its format, or by its place in a URL or header",
        captures: &["what"],
        test: secret::literal_secret,
    },
    Word {
        name: "weak-credential",
        help: "a password that everybody tries first, in a URL or behind the name of a secret that is checked against",
        captures: &["name"],
        test: secret::weak_credential,
    },
    Word {
        name: "credential-in-query",
        help: "a URL with a reference to a credential in its query",
        captures: &["what"],
        test: secret::credential_in_query,
    },
    Word {
        name: "random-value",
        help: "random letters and digits behind a name that may or may not be a credential's",
        captures: &["what"],
        test: secret::random_value,
    },
    Word {
        name: "plaintext-endpoint",
        help: "a URL without TLS to a host other than this machine",
        captures: &["host", "host_kind", "scheme"],
        test: plaintext_endpoint,
    },
    Word {
        name: "risky-host",
        help: "a URL of a tunnel, a development machine, a bare address or a name that can be mistaken",
        captures: &["host", "what"],
        test: host::risky_host,
    },
    Word {
        name: "every-interface",
        help: "an address on which a server outside a container listens for everybody in the network",
        captures: &["what"],
        test: host::every_interface,
    },
    Word {
        name: "broad-path",
        help: "a path that opens a disk, a home directory, a folder of the system or of credentials",
        captures: &["path", "what", "mode"],
        test: scope::broad_path,
    },
    Word {
        name: "host-mount",
        help: "the source of a container's mount, if it opens what `broad-path` opens or the engine's socket",
        captures: &["path", "what", "mode"],
        test: scope::host_mount,
    },
    Word {
        name: "admin-database",
        help: "a database on another machine, reached as its administrator and not only for reading",
        captures: &["path", "what", "mode"],
        test: scope::admin_database,
    },
    Word {
        name: "container-privilege",
        help: "an option that takes the walls of a container down",
        captures: &["what"],
        test: container::container_privilege,
    },
    Word {
        name: "unowned-python",
        help: "a Python found on PATH or the system's own, given a script or a module",
        captures: &["program", "what"],
        test: program::unowned_python,
    },
    Word {
        name: "unplaced-program",
        help: "a program or script whose place depends on the folder in which the client was started",
        captures: &["path"],
        test: program::unplaced_program,
    },
    Word {
        name: "shared-path",
        help: "a program, script or folder where every user of the machine may put one",
        captures: &["path"],
        test: program::shared_path,
    },
    Word {
        name: "install-command",
        help: "the part of a shell's script that installs or updates code",
        captures: &["command"],
        test: script::install_command,
    },
    Word {
        name: "shell-script",
        help: "a script that a shell is given on the command line",
        captures: &["script"],
        test: shell_script,
    },
    Word {
        name: "every-tool",
        help: "an approval of every tool of the server, now and in future versions",
        captures: &["what"],
        test: every_tool,
    },
    Word { name: "named-tool", help: "an approval of one tool by its name", captures: &["what"], test: named_tool },
];

fn package_runner(place: &Place<'_>) -> Verdict {
    if place.server.launch.package.is_some() { Verdict::hit(Vec::new()) } else { Verdict::No }
}

fn package_without_version(place: &Place<'_>) -> Verdict {
    let launch = &place.server.launch;
    let here = || launch.package.iter().chain(&launch.extras).filter(|package| package.pointer == place.field.pointer);
    let loose = here().find(|package| package.pin.is_loose());
    let Some(package) = loose.or_else(|| here().next()) else { return Verdict::No };
    if !package.pin.is_loose() {
        let is_proof = matches!(package.pin, Pin::Exact | Pin::Tag | Pin::Local);
        let what = format!("{} {}", package.name, package.pin.as_str());
        return if is_proof { Verdict::proof("pinned-package", what) } else { Verdict::No };
    }
    Verdict::Hit(Hit {
        part: Some(package.span),
        captures: vec![
            Capture::at("package", package.name.clone(), package.span),
            Capture::new("pin", package.pin.as_str()),
        ],
        ..Hit::default()
    })
}

fn home_path(place: &Place<'_>) -> Verdict {
    static HOME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?:^|[\s"'=:,;(@])(?:file://)?(?P<path>"#,
            r#"(?:/mnt/[a-z])?/(?:Users|home|export/home|var/home)/(?P<unix>[^/\s"':]+)"#,
            r#"|(?i:[A-Z]:(?:\\{1,2}|/)(?:Users|Documents and Settings)(?:\\{1,2}|/))(?P<windows>[^\\/"':]+)"#,
            r#"|\\\\wsl(?:\.localhost|\$)\\[^\\]+\\home\\(?P<wsl>[^\\"']+))"#
        ))
        .ok()
    });
    let text = place.text();
    for captures in HOME.iter().flat_map(|regex| regex.captures_iter(text)) {
        let user = ["unix", "windows", "wsl"].iter().find_map(|name| captures.name(name));
        let Some((user, path)) = user.zip(captures.name("path")) else { continue };
        if place.knowledge.values.is_generic_user(user.as_str()) {
            continue;
        }
        // The path goes on to the end of the word it stands in; blanks in it are common when it is the whole value.
        let rest = text.get(path.end()..).unwrap_or_default();
        let whole = path.start() == 0 || captures.get(0).is_some_and(|all| all.as_str().starts_with("file:"));
        let stop = rest.find(|c: char| matches!(c, '"' | '\'' | ',' | ';') || !whole && c.is_whitespace());
        let range = Span::new(path.start(), path.end() + stop.unwrap_or(rest.len()));
        let part = place.part(range);
        return Verdict::Hit(Hit {
            part: Some(part),
            captures: vec![Capture::at("path", range.slice(text).unwrap_or_default(), part)],
            ..Hit::default()
        });
    }
    if place.field.field == super::place::Field::Command && text.starts_with('/') {
        return Verdict::proof("command-outside-home", text);
    }
    Verdict::No
}

/// The URL inside a value, and where it begins.
fn endpoint_in(text: &str) -> Option<(usize, Endpoint<'_>)> {
    let start = text.find("://").map_or(0, |at| {
        let before = text.get(..at).unwrap_or_default();
        before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+').map_or(0, |found| found + 1)
    });
    Some((start, text.get(start..).and_then(Endpoint::parse)?))
}

fn plaintext_endpoint(place: &Place<'_>) -> Verdict {
    let text = place.text();
    let Some((start, endpoint)) = endpoint_in(text) else { return Verdict::No };
    match endpoint.kind {
        HostKind::Unknown => Verdict::No,
        HostKind::Loopback => Verdict::proof("loopback-endpoint", endpoint.host),
        _ if !endpoint.is_plaintext() => {
            let is_encrypted = ["https", "wss"].iter().any(|scheme| endpoint.scheme.eq_ignore_ascii_case(scheme));
            if is_encrypted { Verdict::proof("encrypted-endpoint", endpoint.host) } else { Verdict::No }
        }
        kind => {
            let part = place.part(endpoint.scheme_span.shifted(start));
            // In a folded string the scheme has no place of its own, and an edit would land elsewhere.
            let is_placed = part.slice(place.source) == Some(endpoint.scheme);
            let scheme = if is_placed {
                Capture::at("scheme", endpoint.scheme, part)
            } else {
                Capture::new("scheme", endpoint.scheme)
            };
            Verdict::Hit(Hit {
                part: Some(place.part(Span::new(start, text.len()))),
                captures: vec![Capture::new("host", endpoint.host), Capture::new("host_kind", kind.as_str()), scheme],
                ..Hit::default()
            })
        }
    }
}

fn shell_script(place: &Place<'_>) -> Verdict {
    match &place.server.launch.script {
        Some(script) if script.pointer == place.field.pointer => Verdict::Hit(Hit {
            part: Some(script.span),
            captures: vec![Capture::at("script", script.text.clone(), script.span)],
            ..Hit::default()
        }),
        _ => Verdict::No,
    }
}

fn every_tool(place: &Place<'_>) -> Verdict {
    if !place.field.all {
        return Verdict::No;
    }
    let what = format!("every tool of `{}` is approved", place.server.name.decoded);
    Verdict::hit(vec![Capture::new("what", what)])
}

fn named_tool(place: &Place<'_>) -> Verdict {
    let is_name = !place.field.all && place.knowledge.values.kind(place.text()) != ValueKind::Empty;
    if !is_name {
        return Verdict::No;
    }
    let what = format!("`{}` of `{}` is approved", place.text(), place.server.name.decoded);
    Verdict::hit(vec![Capture::new("what", what)])
}
