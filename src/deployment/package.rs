//! A package as a runner is told to fetch it, and how firmly its version is pinned.

use super::Value;
use crate::rule::RunnerKind;
use crate::text::Span;

/// A package named on a launch line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub kind: RunnerKind,
    pub name: String,
    /// As written, without the separator.
    pub version: Option<String>,
    pub pin: Pin,
    /// The whole specification in the source.
    pub span: Span,
    /// Pointer of the value that names it.
    pub pointer: String,
}

/// How firmly a version is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pin {
    /// No version at all.
    None,
    /// `latest` or another moving tag.
    Moving,
    /// A range of versions.
    Range,
    /// A repository without a commit.
    Branch,
    /// An image tag that names a version. It can be moved, but seldom is.
    Tag,
    /// An exact version, digest or commit.
    Exact,
    /// A path on this machine; nothing is fetched.
    Local,
    /// A variable; decided elsewhere.
    Unknown,
}

impl Pin {
    /// Whether what runs can change without a change here.
    pub fn is_loose(self) -> bool {
        matches!(self, Self::None | Self::Moving | Self::Range | Self::Branch)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "without a version",
            Self::Moving => "at a moving tag",
            Self::Range => "at a range of versions",
            Self::Branch => "from a repository without a commit",
            Self::Tag => "at an image tag",
            Self::Exact => "at an exact version",
            Self::Local => "from a local path",
            Self::Unknown => "at a version set elsewhere",
        }
    }
}

impl Package {
    /// Read a package specification of an ecosystem.
    pub fn parse(kind: RunnerKind, spec: &str, span: Span, pointer: &str) -> Self {
        let (name, version, pin) = match kind {
            RunnerKind::Npm => npm(spec),
            RunnerKind::Pypi => pypi(spec),
            RunnerKind::Oci => image(spec),
            RunnerKind::Deno => deno(spec),
            RunnerKind::Go => go(spec),
            RunnerKind::Nuget => nuget(spec),
        };
        let package = |name: &str, version: Option<&str>, pin| Self {
            kind,
            name: name.to_owned(),
            version: version.map(str::to_owned),
            pin,
            span,
            pointer: pointer.to_owned(),
        };
        let is_template =
            ["${", "{{", "@<", ":<", "/<"].iter().any(|mark| spec.contains(mark)) || spec.starts_with(['$', '<']);
        if is_template {
            return package(spec, None, Pin::Unknown);
        }
        package(name, version, pin)
    }

    /// A package whose version stands in a field of its own, as in a manifest. The version is pointed at.
    pub fn with_version(kind: RunnerKind, name: &Value, version: &Value) -> Self {
        let separator = match kind {
            RunnerKind::Oci => ":",
            RunnerKind::Pypi => "==",
            RunnerKind::Npm | RunnerKind::Deno | RunnerKind::Go | RunnerKind::Nuget => "@",
        };
        let spec = format!("{}{separator}{}", name.as_str(), version.as_str());
        let pin = Self::parse(kind, &spec, version.span(), &version.pointer).pin;
        Self {
            kind,
            name: name.as_str().to_owned(),
            version: Some(version.as_str().to_owned()),
            pin,
            span: version.span(),
            pointer: version.pointer.clone(),
        }
    }
}

type Parts<'a> = (&'a str, Option<&'a str>, Pin);

fn is_local_path(spec: &str) -> bool {
    spec.starts_with(['.', '/', '~'])
        || spec.starts_with("file:")
        || spec.get(1..3) == Some(":\\")
        || spec.get(1..3) == Some(":/")
}

fn is_repository(spec: &str) -> bool {
    spec.starts_with("git+")
        || spec.starts_with("git://")
        || spec.contains("://")
        || ["github:", "gitlab:", "bitbucket:", "gist:"].iter().any(|host| spec.starts_with(host))
}

fn is_commit(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A repository or archive URL whose commit stands behind `separator`.
fn repository(spec: &str, separator: char) -> Parts<'_> {
    let archive = [".tgz", ".tar.gz", ".whl", ".zip"].iter().any(|end| spec.ends_with(end));
    let path_start = spec.find("://").map_or(0, |at| at + 3);
    let reference = spec.get(path_start..).and_then(|path| path.rsplit_once(separator));
    match reference {
        Some((before, commit)) if !commit.contains('/') => {
            let name = spec.get(..path_start + before.len()).unwrap_or(spec);
            (name, Some(commit), if is_commit(commit) { Pin::Exact } else { Pin::Branch })
        }
        // An archive under a fixed name is as good as a tag: nothing says that it stays the same.
        _ if archive => (spec, None, Pin::Tag),
        _ => (spec, None, Pin::Branch),
    }
}

fn npm(spec: &str) -> Parts<'_> {
    if is_local_path(spec) {
        return (spec, None, Pin::Local);
    }
    if is_repository(spec) {
        return repository(spec, '#');
    }
    let scope = usize::from(spec.starts_with('@'));
    match spec.get(scope..).and_then(|rest| rest.rsplit_once('@')) {
        None => (spec, None, Pin::None),
        Some((name, version)) => (spec.get(..scope + name.len()).unwrap_or(spec), Some(version), npm_pin(version)),
    }
}

fn npm_pin(version: &str) -> Pin {
    let exact = version.strip_prefix(['v', '=']).unwrap_or(version);
    let core = exact.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if numbers.len() == 3 && numbers.iter().all(numeric) {
        Pin::Exact
    } else if version.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '^' | '~' | '>' | '<' | '=' | '*' | 'x'))
    {
        Pin::Range
    } else {
        Pin::Moving
    }
}

fn pypi(spec: &str) -> Parts<'_> {
    if is_local_path(spec) {
        return (spec, None, Pin::Local);
    }
    // `name @ git+https://…` carries the source behind the name.
    let source = spec.split_once(" @ ").map_or(spec, |(_, source)| source.trim());
    if is_repository(source) {
        return repository(source.split('#').next().unwrap_or(source), '@');
    }
    if let Some((name, version)) = spec.split_once("===").or_else(|| spec.split_once("==")) {
        let version = version.trim();
        return (name.trim(), Some(version), if version.contains('*') { Pin::Range } else { Pin::Exact });
    }
    if let Some((name, version)) = spec.split_once('@') {
        let exact = version.starts_with(|c: char| c.is_ascii_digit());
        return (name, Some(version), if exact { Pin::Exact } else { Pin::Moving });
    }
    if let Some(at) = spec.find(['>', '<', '~', '!']) {
        let (name, range) = spec.split_at(at);
        return (name.trim(), Some(range), Pin::Range);
    }
    (spec, None, Pin::None)
}

fn image(spec: &str) -> Parts<'_> {
    if let Some((name, digest)) = spec.split_once('@') {
        let name = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name);
        return (name, Some(digest), if digest.len() > 40 { Pin::Exact } else { Pin::Moving });
    }
    match spec.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        None => (spec, None, Pin::None),
        Some((name, tag)) if tag.contains(|c: char| c.is_ascii_digit()) => (name, Some(tag), Pin::Tag),
        Some((name, tag)) => (name, Some(tag), Pin::Moving),
    }
}

/// `npm:@acme/x@1.2.3/sub`, `jsr:@acme/x`, `https://…/x@1.2.3/mod.ts`; anything else is a file.
fn deno(spec: &str) -> Parts<'_> {
    if let Some(package) = spec.strip_prefix("npm:").or_else(|| spec.strip_prefix("jsr:")) {
        let prefix = spec.len() - package.trim_start_matches('/').len();
        let package = package.trim_start_matches('/');
        let slashes = if package.starts_with('@') { 2 } else { 1 };
        let end = package.match_indices('/').nth(slashes - 1).map_or(package.len(), |(at, _)| at);
        let (name, version, pin) = npm(package.get(..end).unwrap_or(package));
        return (spec.get(..prefix + name.len()).unwrap_or(spec), version, pin);
    }
    if !spec.starts_with("https://") && !spec.starts_with("http://") {
        return (spec, None, Pin::Local);
    }
    let version = spec.split('/').skip(3).find_map(|part| part.rsplit_once('@').map(|(_, version)| version));
    let is_version = |version: &str| {
        version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
    };
    match version {
        Some(version) => (spec, Some(version), if is_version(version) { Pin::Exact } else { Pin::Moving }),
        None if spec.split('/').any(is_commit) => (spec, None, Pin::Exact),
        None => (spec, None, Pin::None),
    }
}

/// `module@version`; without one the project's own `go.mod` decides.
fn go(spec: &str) -> Parts<'_> {
    let Some((name, version)) = spec.split_once('@') else { return (spec, None, Pin::Local) };
    let is_commit = version.len() >= 7 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    (name, Some(version), if is_commit { Pin::Exact } else { npm_pin_behind_v(version) })
}

/// `v1` names no release of its own but the newest of its line.
fn npm_pin_behind_v(version: &str) -> Pin {
    let is_line = version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match npm_pin(version) {
        Pin::Moving if is_line => Pin::Range,
        pin => pin,
    }
}

fn nuget(spec: &str) -> Parts<'_> {
    match spec.split_once('@').filter(|(_, version)| !version.is_empty()) {
        None => (spec.trim_end_matches('@'), None, Pin::None),
        Some((name, version)) => {
            let is_range = version.contains(['*', '[', '(', ',']);
            let is_exact = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
            let pin = if is_range {
                Pin::Range
            } else if is_exact {
                Pin::Exact
            } else {
                Pin::Moving
            };
            (name, Some(version), pin)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: RunnerKind, spec: &str, name: &str, version: Option<&str>, pin: Pin) {
        let package = Package::parse(kind, spec, Span::at(0), "");
        assert_eq!((package.name.as_str(), package.version.as_deref(), package.pin), (name, version, pin), "{spec}");
    }

    #[test]
    fn npm_specifications() {
        let npm = |spec, name, version, pin| check(RunnerKind::Npm, spec, name, version, pin);
        npm("@acme/x", "@acme/x", None, Pin::None);
        npm("@acme/x@1.2.3", "@acme/x", Some("1.2.3"), Pin::Exact);
        npm("x@1.2.3-beta.1", "x", Some("1.2.3-beta.1"), Pin::Exact);
        npm("x@latest", "x", Some("latest"), Pin::Moving);
        npm("x@^1.2.3", "x", Some("^1.2.3"), Pin::Range);
        npm("x@1", "x", Some("1"), Pin::Range);
        npm("github:acme/x", "github:acme/x", None, Pin::Branch);
        npm("git+https://host/x.git#main", "git+https://host/x.git", Some("main"), Pin::Branch);
        npm("./x", "./x", None, Pin::Local);
        npm("x@${VERSION}", "x@${VERSION}", None, Pin::Unknown);
        let commit = "a".repeat(40);
        npm(&format!("github:acme/x#{commit}"), "github:acme/x", Some(&commit), Pin::Exact);
    }

    #[test]
    fn pypi_specifications() {
        let pypi = |spec, name, version, pin| check(RunnerKind::Pypi, spec, name, version, pin);
        pypi("mcp-x", "mcp-x", None, Pin::None);
        pypi("mcp-x==1.0", "mcp-x", Some("1.0"), Pin::Exact);
        pypi("mcp[cli]==1.0.*", "mcp[cli]", Some("1.0.*"), Pin::Range);
        pypi("mcp-x@latest", "mcp-x", Some("latest"), Pin::Moving);
        pypi("mcp-x@1.0.0", "mcp-x", Some("1.0.0"), Pin::Exact);
        pypi("mcp-x>=1", "mcp-x", Some(">=1"), Pin::Range);
        pypi("git+https://host/x", "git+https://host/x", None, Pin::Branch);
        pypi("git+https://user@host/x", "git+https://user@host/x", None, Pin::Branch);
        pypi("git+https://host/x@v1", "git+https://host/x", Some("v1"), Pin::Branch);
    }

    #[test]
    fn deno_go_and_nuget() {
        let deno = |spec, name, version, pin| check(RunnerKind::Deno, spec, name, version, pin);
        deno("npm:@acme/x", "npm:@acme/x", None, Pin::None);
        deno("npm:@acme/x@1.2.3/sub", "npm:@acme/x", Some("1.2.3"), Pin::Exact);
        deno("jsr:@acme/x@^1", "jsr:@acme/x", Some("^1"), Pin::Range);
        deno("npm:x/sub", "npm:x", None, Pin::None);
        deno("https://d.example/x@v1.2.3/mod.ts", "https://d.example/x@v1.2.3/mod.ts", Some("v1.2.3"), Pin::Exact);
        deno("https://d.example/x/mod.ts", "https://d.example/x/mod.ts", None, Pin::None);
        deno("server.ts", "server.ts", None, Pin::Local);
        let go = |spec, name, version, pin| check(RunnerKind::Go, spec, name, version, pin);
        go("h.example/a/x@latest", "h.example/a/x", Some("latest"), Pin::Moving);
        go("h.example/a/x@v1.2.3", "h.example/a/x", Some("v1.2.3"), Pin::Exact);
        go("h.example/a/x@v1", "h.example/a/x", Some("v1"), Pin::Range);
        go("./cmd/x", "./cmd/x", None, Pin::Local);
        let nuget = |spec, name, version, pin| check(RunnerKind::Nuget, spec, name, version, pin);
        nuget("Acme.X", "Acme.X", None, Pin::None);
        nuget("Acme.X@", "Acme.X", None, Pin::None);
        nuget("Acme.X@1.0.0-beta", "Acme.X", Some("1.0.0-beta"), Pin::Exact);
        nuget("Acme.X@1.*", "Acme.X", Some("1.*"), Pin::Range);
    }

    #[test]
    fn images() {
        let oci = |spec, name, version, pin| check(RunnerKind::Oci, spec, name, version, pin);
        oci("mcp/x", "mcp/x", None, Pin::None);
        oci("host:5000/x", "host:5000/x", None, Pin::None);
        oci("ghcr.io/a/x:latest", "ghcr.io/a/x", Some("latest"), Pin::Moving);
        oci("ghcr.io/a/x:1.2", "ghcr.io/a/x", Some("1.2"), Pin::Tag);
        let digest = format!("sha256:{}", "a".repeat(64));
        oci(&format!("x:1@{digest}"), "x", Some(&digest), Pin::Exact);
    }
}
