//! Whether a line shows a command instead of running it. A guess from the text before the command on its logical line,
//! for scripts inside of data files, where no lexer knows comments and strings.

use regex::Regex;
use std::sync::LazyLock;

/// `before`: the logical line up to the command.
pub(super) fn is_shown(before: &str) -> bool {
    static SHOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            // A program that prints, without a separator behind it; a substitution in its arguments runs all the same.
            r#"(?m:^|[\s"'.;&|({])(?:echo|printf|print|println|puts|log|info|warn|warning|error|die|usage"#,
            r"|Write-(?:Host|Output|Error))(?-u:\b)\(?[^;&|\n(]*\z",
            // A permission pattern of an agent's settings.
            r"|(?-u:\b)Bash\([^)\n]*\z",
            r"|(?m:^|[ \t])(?:#|//|<!--)[^\n]*\z",
            // A key whose value is for people.
            r#"|["']?(?-u:\b)(?:description|summary|title|help|message|comment|note|label|hint|example|usage|name)"#,
            r#"["']?[ \t]*:[ \t]*["']?[^"'\n{]*\z"#
        ))
        .ok()
    });
    SHOWN.as_ref().is_some_and(|regex| regex.is_match(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shown: bool, lines: &[&str]) {
        lines.iter().for_each(|line| assert_eq!(is_shown(line), shown, "{line}"));
    }

    #[test]
    fn what_is_printed_described_or_commented_out_is_shown() {
        check(true, &["echo \"Install: ", "    Write-Host ", "console.log('", "a\n  # ", "x # ", "<!-- "]);
        check(true, &["\"deny\": [\"Bash("]);
        check(true, &["description: ", "{ \"summary\": \"use ", "    - name: Install (", "usage: a [-b], or "]);
    }

    #[test]
    fn what_runs_is_not() {
        check(false, &["LOG_LEVEL=error ", "RUST_LOG=warn ", "target=/var/log "]);
        check(false, &["", "  ", "RUN ", "echo a; ", "echo a && ", "echo \"$(", "- run: ", "\"postinstall\": \""]);
        check(false, &["# a\n", "URL=https://example.com/#a ", "  name: a\n  run: ", "{\"name\":\"a\",\"run\":\""]);
    }
}
