//! The word `install-command`: the part of a shell's script that installs or updates code.

use super::super::place::{Hit, Place, Verdict};
use crate::matcher::Capture;
use crate::text::Span;
use regex::Regex;
use std::sync::LazyLock;

pub(super) fn install_command(place: &Place<'_>) -> Verdict {
    static INSTALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?:^|[;&|({\n]|(?-u:\b)(?:then|do|else|exec|sudo|-E|-H)[ \t])[ \t]*(?P<run>(?:[^\s;&|]*/)?(?:",
            r"(?:python[0-9.]*[ \t]+-m[ \t]+)?pip[0-9.]*[ \t]+install|uv[ \t]+(?:pip[ \t]+install|tool[ \t]+install|add)|pipx[ \t]+(?:install|upgrade)",
            r"|(?:npm|pnpm|yarn|bun)[ \t]+(?:install|i|ci|update|upgrade|add)(?-u:\b)|yarn[ \t]*(?:$|[;&|])|poetry[ \t]+(?:install|update)",
            r"|git[ \t]+(?:-C[ \t]+[^\s;&|]+[ \t]+)?(?:pull|clone)|cargo[ \t]+install|go[ \t]+install|gem[ \t]+install",
            r"|(?:apt|apt-get|apk|dnf|yum|brew|pacman)[ \t]+(?:-[a-zA-Z]+[ \t]+)*(?:install|add|update|upgrade)",
            r"|docker[ \t]+pull|winget[ \t]+install|choco[ \t]+install)[^;&|\n)}]*)"
        ))
        .ok()
    });
    let Some(script) = &place.server.launch.script else { return Verdict::No };
    if script.pointer != place.field.pointer {
        return Verdict::No;
    }
    let Some(run) = INSTALL.as_ref().and_then(|regex| regex.captures(&script.text)?.name("run")) else {
        return Verdict::No;
    };
    let text = run.as_str().trim_end();
    // A script that came in several words has places for its words only.
    let is_whole = script.text == place.text();
    let part = if is_whole { place.part(Span::new(run.start(), run.start() + text.len())) } else { script.span };
    Verdict::Hit(Hit { part: Some(part), captures: vec![Capture::new("command", text.to_owned())], ..Hit::default() })
}
