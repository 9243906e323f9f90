//! Words about how much a server is granted: `broad-path`, `host-mount`, `admin-database`. What a path means to other
//! rules (whose home it is, where a program lies) is not told here.

use super::super::place::{Hit, Place, Verdict};
use super::container;
use crate::deployment::{Endpoint, HostKind};
use crate::matcher::Capture;
use crate::rule::Knowledge;
use crate::text::Span;
use regex::Regex;
use std::sync::LazyLock;

/// What a path opens, if that is more than one server needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Disk,
    Homes,
    Home,
    Credentials,
    System,
    Parent,
    Socket,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "a whole disk",
            Self::Homes => "all home directories",
            Self::Home => "a whole home directory",
            Self::Credentials => "a folder of credentials",
            Self::System => "a folder of the operating system",
            Self::Parent => "the folder above the project",
            Self::Socket => "the control socket of the container engine",
        }
    }
}

/// Patterns over a path with `/` and without a slash at its end. The first that matches decides.
static SCOPES: LazyLock<Vec<(Regex, Scope)>> = LazyLock::new(|| {
    const HOME: &str = concat!(
        r"(?:~|\$HOME|\$\{(?:env:|localEnv:)?HOME\}|\$\{userHome\}|\{env:HOME\}|\{\{HOME\}\}|%USERPROFILE%",
        r"|\$\{(?:env:)?USERPROFILE\}|%HOMEDRIVE%%HOMEPATH%|(?:/mnt/[a-z])?/(?:Users|home)/(?P<user>[^/]+)",
        r"|(?i:[a-z]):/(?i:Users)/(?P<windows>[^/]+)|/root)"
    );
    let rows = [
        (r"^(?:/var/run|/run|//var/run|/run/user/\d+)/(?:docker|podman/podman|containerd/containerd|crio/crio)\.sock$".to_owned(), Scope::Socket),
        (r"(?i)^(?://\./pipe/|npipe:.*)docker_engine$".to_owned(), Scope::Socket),
        (format!(r"^{HOME}/(?:\.ssh|\.aws|\.gnupg|\.kube|\.azure|\.docker|\.config/gcloud|\.config|\.netrc|\.password-store)(?:/[^/]*)?$"), Scope::Credentials),
        (format!("^{HOME}$"), Scope::Home),
        (r"^(?:/Users|/home|(?i:[a-z]:/Users)|/mnt/[a-z]/Users)$".to_owned(), Scope::Homes),
        (r"^$|^(?i:[a-z]):$|^/mnt/[a-z]$|^/(?:Volumes|mnt|host)$".to_owned(), Scope::Disk),
        (r"^/(?:etc|var|usr|boot|dev|proc|sys|lib|bin|sbin|private|private/etc|System|Library|var/lib|var/lib/docker|etc/(?:shadow|passwd|ssh|kubernetes|ssl/private))$".to_owned(), Scope::System),
        (r"^(?i:[a-z]:/(?:Windows|ProgramData|Program Files)(?:/System32)?)$".to_owned(), Scope::System),
        (r"^(?:\$\{(?:workspaceFolder|workspaceRoot|CLAUDE_PROJECT_DIR)\}/|\./)?\.\.(?:/\.\.)*$".to_owned(), Scope::Parent),
    ];
    rows.into_iter().filter_map(|(regex, scope)| Some((Regex::new(&regex).ok()?, scope))).collect()
});

fn scope(path: &str, knowledge: &Knowledge) -> Option<Scope> {
    // Longer than any of them.
    if path.is_empty() || path.len() > 256 {
        return None;
    }
    let slashes = path.replace('\\', "/");
    let bare = slashes.trim_end_matches('/');
    let bare = if bare.starts_with("//") && !bare.starts_with("//./") { bare.get(1..).unwrap_or(bare) } else { bare };
    let (captures, scope) = SCOPES.iter().find_map(|(regex, scope)| Some((regex.captures(bare)?, *scope)))?;
    let user = captures.name("user").or_else(|| captures.name("windows"));
    // A placeholder or a service account is nobody's home.
    let is_nobody = user.is_some_and(|user| knowledge.values.is_generic_user(user.as_str()));
    (!is_nobody).then_some(scope)
}

fn hit(place: &Place<'_>, range: Span, scope: Scope, mode: &'static str) -> Verdict {
    let part = place.part(range);
    let path = range.slice(place.text()).unwrap_or_default();
    Verdict::Hit(Hit {
        part: Some(part),
        captures: vec![
            Capture::at("path", path, part),
            Capture::new("what", scope.as_str()),
            Capture::new("mode", mode),
        ],
        ..Hit::default()
    })
}

/// The argument, or the value of `--flag=value`.
pub(super) fn broad_path(place: &Place<'_>) -> Verdict {
    let text = place.text();
    let start = text.starts_with('-').then(|| text.find('=')).flatten().map_or(0, |at| at + 1);
    let range = Span::new(start, text.len());
    let path = range.slice(text).unwrap_or_default();
    match scope(path, place.knowledge) {
        Some(scope) => hit(place, range, scope, "rw"),
        None if path.contains("${workspaceFolder}") || path.contains("${CLAUDE_PROJECT_DIR}") => {
            Verdict::proof("project-folder-only", path)
        }
        None => Verdict::No,
    }
}

/// The source of a bind mount on a container's launch line.
pub(super) fn host_mount(place: &Place<'_>) -> Verdict {
    let text = place.text();
    if let Some(range) = container::option(place, &["-v", "--volume"]) {
        let spec = range.slice(text).unwrap_or_default();
        // The colon of a drive is no separator.
        let is_drive = spec.starts_with(|c: char| c.is_ascii_alphabetic())
            && spec.get(1..2) == Some(":")
            && matches!(spec.get(2..3), Some("\\" | "/"));
        let drive = if is_drive { 2 } else { 0 };
        // Nor is the one of `${env:HOME}`.
        let variable = spec.starts_with("${").then(|| spec.find('}')).flatten().unwrap_or(0);
        let from = drive.max(variable);
        let Some(end) = spec.get(from..).and_then(|rest| rest.find(':')).map(|at| at + from) else {
            return Verdict::No;
        };
        let is_read_only = spec.rsplit(':').next().is_some_and(|options| options.split(',').any(|word| word == "ro"));
        return mount(place, Span::new(range.start, range.start + end), is_read_only);
    }
    let Some(range) = container::option(place, &["--mount"]) else { return Verdict::No };
    let mut at = range.start;
    let mut source = None;
    let mut is_read_only = false;
    for field in range.slice(text).unwrap_or_default().split(',') {
        let key = field.split('=').next().unwrap_or_default();
        match key {
            "src" | "source" if field.len() > key.len() => {
                source = Some(Span::new(at + key.len() + 1, at + field.len()))
            }
            "ro" | "readonly" => is_read_only = !field.ends_with("=false"),
            _ => {}
        }
        at += field.len() + 1;
    }
    source.map_or(Verdict::No, |source| mount(place, source, is_read_only))
}

fn mount(place: &Place<'_>, range: Span, is_read_only: bool) -> Verdict {
    let path = range.slice(place.text()).unwrap_or_default();
    match scope(path, place.knowledge) {
        Some(scope) => hit(place, range, scope, if is_read_only { "ro" } else { "rw" }),
        None if is_read_only => Verdict::proof("read-only-mount", path),
        None => Verdict::No,
    }
}

/// A database on another machine, reached as one who may do everything, by a server that nothing holds to reading.
pub(super) fn admin_database(place: &Place<'_>) -> Verdict {
    static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?-u:\b)(?P<url>(?:postgres(?:ql)?|mysql|mariadb|mssql|sqlserver|oracle|mongodb)(?:\+[a-z]+)?://",
            r#"(?P<user>postgres|root|admin|administrator|sa|sys|system|dba|superuser)(?:\.[a-z0-9]+)?(?::[^\s@/"']*)?@"#,
            r#"(?P<host>[A-Za-z0-9.-]+))"#
        ))
        .ok()
    });
    let text = place.text();
    let Some(captures) = URL.as_ref().and_then(|regex| regex.captures(text)) else { return Verdict::No };
    let (Some(url), Some(user), Some(host)) = (captures.name("url"), captures.name("user"), captures.name("host"))
    else {
        return Verdict::No;
    };
    let is_remote = Endpoint::parse(url.as_str()).is_some_and(|endpoint| endpoint.kind == HostKind::Public);
    let is_placeholder = ["example", "your", "xxx"].iter().any(|word| host.as_str().contains(word));
    if !is_remote || is_placeholder {
        return Verdict::No;
    }
    if is_read_only(place) {
        return Verdict::proof("read-only-database", host.as_str());
    }
    let part = place.part(Span::new(user.start(), user.end()));
    Verdict::Hit(Hit {
        part: Some(part),
        captures: vec![
            Capture::at("path", format!("{} at {}", user.as_str(), host.as_str()), part),
            Capture::new("what", "a database on another machine, as its administrator"),
            Capture::new("mode", "rw"),
        ],
        ..Hit::default()
    })
}

/// Whether an argument or a variable says that the server only reads.
fn is_read_only(place: &Place<'_>) -> bool {
    static SAYS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?i)read[-_]?only|access[-_]?mode=restricted|^restricted$|server-postgres").ok());
    let says = |text: &str| SAYS.as_ref().is_some_and(|regex| regex.is_match(text));
    let is_off = |text: &str| matches!(text.to_ascii_lowercase().as_str(), "false" | "0" | "no" | "off");
    // A hostile file may repeat the address in thousands of arguments.
    let server = place.server;
    server.args.iter().take(16).any(|arg| says(arg.as_str()))
        || server.env.iter().take(32).any(|entry| says(&entry.name.decoded) && !is_off(entry.value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_open_too_much() {
        let knowledge = Knowledge::embedded().unwrap();
        let is = |path: &str, expected: Option<Scope>| assert_eq!(scope(path, &knowledge), expected, "{path}");
        for disk in ["/", "//", "C:\\", "c:/", "D:", "/mnt/c/", "/Volumes"] {
            is(disk, Some(Scope::Disk));
        }
        for home in [
            "~",
            "~/",
            "$HOME",
            "${HOME}/",
            "${env:HOME}",
            "${userHome}",
            "%USERPROFILE%",
            "/root",
            "/home/maria.k",
            "C:\\Users\\maria.k\\",
        ] {
            is(home, Some(Scope::Home));
        }
        for credentials in ["~/.ssh", "${HOME}/.aws/", "/home/maria.k/.kube/config"] {
            is(credentials, Some(Scope::Credentials));
        }
        is("/etc/", Some(Scope::System));
        is("C:\\Windows", Some(Scope::System));
        is("../..", Some(Scope::Parent));
        is("/var/run/docker.sock", Some(Scope::Socket));
        for narrow in [
            ".",
            "./",
            "/srv/data",
            "${workspaceFolder}",
            "/home/user",
            "/Users/you",
            "~/notes",
            "/etc/localtime",
            "",
            "C:\\data",
            "../data",
        ] {
            is(narrow, None);
        }
    }
}
