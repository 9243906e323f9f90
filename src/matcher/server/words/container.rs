//! The word `container-privilege`, and how options of a container's launch line are found. Mounts are judged in
//! [`super::scope`].

use super::super::place::{Hit, Place, Verdict};
use crate::matcher::Capture;
use crate::rule::RunnerKind;
use crate::text::Span;

/// Where in the argument the value of one of `names` stands, if the argument belongs to the engine and not to the image.
pub(super) fn option(place: &Place<'_>, names: &[&str]) -> Option<Span> {
    let text = place.text();
    let whole = Span::new(0, text.len());
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let before = before(place)?;
    if names.contains(&name) {
        return value.map(|value| Span::new(text.len() - value.len(), text.len()));
    }
    names.contains(&before).then_some(whole)
}

/// The word before this argument, if both stand before the image.
fn before<'a>(place: &Place<'a>) -> Option<&'a str> {
    let launch = &place.server.launch;
    launch.package.as_ref().filter(|package| package.kind == RunnerKind::Oci)?;
    let here = place.position()?;
    (here < launch.package_at?).then_some(())?;
    launch.line.get(here.checked_sub(1)?).map(|word| word.text.as_str())
}

/// An option that takes the walls of a container down.
pub(super) fn container_privilege(place: &Place<'_>) -> Verdict {
    let text = place.text();
    let value = |names: &[&str]| option(place, names).and_then(|range| Some((range, range.slice(text)?)));
    let hit = |range: Span, what: String| {
        let captures = vec![Capture::new("what", what)];
        Verdict::Hit(Hit { part: Some(place.part(range)), captures, ..Hit::default() })
    };
    if matches!(text, "--privileged" | "--privileged=true") && before(place).is_some() {
        return hit(Span::new(0, text.len()), "is privileged".to_owned());
    }
    for (names, what) in [
        (&["--network", "--net"][..], "network"),
        (&["--pid"][..], "process"),
        (&["--ipc"][..], "memory"),
        (&["--userns"][..], "user"),
    ] {
        match value(names) {
            Some((range, "host")) => return hit(range, format!("shares the {what} namespace of the machine")),
            Some((_, "none")) if what == "network" => return Verdict::proof("container-without-network", text),
            _ => {}
        }
    }
    if let Some((range, capability)) = value(&["--cap-add"]) {
        let name = capability.to_ascii_uppercase();
        let name = name.strip_prefix("CAP_").unwrap_or(&name);
        let strong = [
            "ALL",
            "SYS_ADMIN",
            "SYS_PTRACE",
            "SYS_MODULE",
            "SYS_RAWIO",
            "SYS_BOOT",
            "NET_ADMIN",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "BPF",
            "SETPCAP",
            "MKNOD",
            "PERFMON",
        ];
        if strong.contains(&name) {
            return hit(range, format!("has the capability {name}"));
        }
    }
    if let Some((range, option)) = value(&["--security-opt"])
        && matches!(option.replace(':', "=").as_str(), "seccomp=unconfined" | "apparmor=unconfined" | "label=disable")
    {
        let filter = option.split(['=', ':']).next().unwrap_or_default();
        return hit(range, format!("runs without {filter}"));
    }
    Verdict::No
}
