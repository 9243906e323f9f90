//! Texts and what is read in them.

use super::*;

fn show_word(word: &Word) -> String {
    let inner: String = word.scripts().iter().map(|script| format!("={}", show(script))).collect();
    let split = if word.splits() { "~" } else { "" };
    format!("[{split}{}{inner}]", word.text)
}

fn show_command(command: &Command) -> String {
    let is_declaration = expand::is_declaration(command.name());
    let assigned = command.assignments.iter().filter(|_| !is_declaration);
    let assigned: String = assigned.map(|it| format!("{}={} ", it.name, show_word(&it.value))).collect();
    let words: String = command.words.iter().map(show_word).collect();
    let redirects = command.redirects.iter().map(|to| {
        let body = to.body.as_ref().map(|body| format!("{:?}", body.text)).unwrap_or_default();
        format!("{}{}{body}", to.operator, show_word(&to.target))
    });
    format!("{assigned}{words}{}", redirects.collect::<String>())
}

fn show(script: &Script) -> String {
    let pipeline = |line: &Pipeline| line.commands.iter().map(show_command).collect::<Vec<_>>().join("|");
    script.pipelines.iter().map(pipeline).collect::<Vec<_>>().join(";")
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(show(&Script::read(text)), *expected, "{text}");
    }
}

#[test]
fn words_pipes_and_substitutions_are_told_apart() {
    check(&[
        (r#"a "b c" 'd $x' \"e"#, r#"[a][b c][d $x]["e]"#),
        ("a | b |& c && d || e; f & g", "[a]|[b]|[c];[d];[e];[f];[g]"),
        (r#"sh -c "$(jq -r .a)" $X"#, "[sh][-c][$(…)=[jq][-r][.a]][~$X]"),
        ("a `b c` <(d)", "[a][~$(…)=[b][c]][<(…)=[d]]"),
        ("a >x 2>&1 <<< \"$Y\" # b | c", "[a]>[x]>&[1]<<<[$Y]"),
        ("(a; b) | c\n# d\ne", "[a];[b]|[c];[e]"),
        ("${A:-$(b)} $((1+2))", "[~${A:-$(b)}=[b]][$((…))]"),
        ("a 'unclosed", "[a][unclosed]"),
        ("a \"$(b \"c d\" | e)\"", "[a][$(…)=[b][c d]|[e]]"),
        ("A=1 B='x y' cmd -n; C=\"$(d)\"", "A=[1] B=[x y] [cmd][-n];C=[$(…)=[d]] "),
        ("a \\\n  | b |\n c", "[a]|[b]|[c]"),
        ("iex (irm https://x)", "[iex][irm][https://x]"),
        ("a=(1 \"$b\" $c)\nd", "a=[~ 1 $b $c] ;[d]"),
        ("a $((1 + $(b c)))", "[a][$((…))=[b][c]]"),
        ("echo a#b # c", "[echo][a#b]"),
    ]);
}

#[test]
fn compound_commands_are_flat() {
    check(&[
        ("if a; then b; elif c; then d; else e; fi; f", "[a];[b];[c];[d];[e];[f]"),
        ("while read -r x; do a \"$x\"; done < f", "[read][-r][x];[a][$x];<[f]"),
        ("a | while read x; do b; done", "[a]|[read][x];[b]"),
        ("for x in a b; do c; done", "[for][x][in][a][b];[c]"),
        ("for ((i=0; i<3; i++)); do c; done", "[for];[c]"),
        ("case \"$1\" in a|b) c ;; (d) e;; *) f; esac; g", "[case][$1];[c];[e];[f];[g]"),
        ("case $x in a) if b; then c; fi;; esac", "[case][~$x];[b];[c]"),
        ("f() { a; }\nfunction g { b; }; function h() (c)", "[a];[b];[c]"),
        ("[[ $a == b && -n \"$c\" ]] || d", "[[[][~$a][==][b][-n][$c][]]];[d]"),
        ("{ a; b; } >&2 | c", "[a];[b]|[c]"),
        ("if [[ -n $x ]] { a } else { b }\nc", "[[[][-n][~$x][]]];[a];[b];[c]"),
        ("x=$(case a in b) c;; esac)", "x=[~$(…)=[case][a];[c]] "),
    ]);
}

#[test]
fn here_documents_stand_behind_their_line() {
    check(&[
        ("cat <<EOF | sh\na $b\nEOF\nc", "[cat]<<[EOF]\"a $b\\n\"|[sh];[c]"),
        ("cat <<'E' >f\n$(a)\nE\nc", "[cat]<<[E]\"$(a)\\n\">[f];[c]"),
        ("cat <<-E\n\ta\n\tE\nc", "[cat]<<-[E]\"\\ta\\n\";[c]"),
        ("a <<X; b <<Y\n1\nX\n2\nY\nc", "[a]<<[X]\"1\\n\";[b]<<[Y]\"2\\n\";[c]"),
        ("x=$(cat <<E\na)\nE\n)\nb", "x=[~$(…)=[cat]<<[E]\"a)\\n\"] ;[b]"),
        ("cat <<E\nunclosed", "[cat]<<[E]\"unclosed\""),
    ]);
    let script = Script::read("cat <<E\n$(rm x)\nE\n");
    assert_eq!(script.nested().len(), 2);
}

/// For every command by its first word: a mark for each thing that is true of its place.
fn places(text: &str) -> String {
    let script = Script::read(text);
    let place = |(pipeline, _, command): (&Pipeline, usize, &Command)| {
        let context = command.context;
        let marks = [
            (context.function.is_some(), 'f'),
            (pipeline.is_asked(), '?'),
            (context.is_conditional, 'c'),
            (context.in_loop, 'l'),
            (context.in_subshell, 's'),
            (context.is_redirected, '>'),
            (context.options.errexit, 'e'),
            (context.options.nounset, 'u'),
            (context.options.pipefail, 'p'),
            (context.options.xtrace, 'x'),
        ];
        let marks: String = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
        format!("{}:{marks}", command.name())
    };
    script.commands().map(place).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_command_knows_where_it_stands() {
    for (text, expected) in [
        ("a; b || c", "a: b:? c:"),
        ("if a; then b; fi; c", "a:?c b:c c:"),
        ("while a; do b; done", "a:?cl b:cl"),
        ("(a; b) || c", "a:?s b:?s c:"),
        ("{ a; b; } >&2\nc", "a:> b:> : c:"),
        ("f() { a; }\nf", "a:f f:"),
        ("! a", "a:?"),
        ("set -euo pipefail\na\nset +e\nb", "set: a:eup set:eup b:up"),
        ("#!/bin/bash -eu\na", "a:eu"),
        ("#!/usr/bin/env -S bash -e\na", "a:e"),
        ("set -o errexit -o nounset; a; (set +e; b); c", "set: a:eu set:seu b:su c:eu"),
        ("f() { a; }\nset -e\nf", "a:fe set: f:e"),
        ("setopt ERR_EXIT PIPE_FAIL no_unset; a", "setopt: a:eup"),
        ("if a; then set -x; fi; b", "a:?c set:c b:x"),
        ("case x in y) a;; esac; b", "case: a:c b:"),
    ] {
        assert_eq!(places(text), expected, "{text}");
    }
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "\u{feff}A=ä cd \"$DIR\" 2>/dev/null\n";
    let script = Script::read(text);
    let (_, _, command) = script.commands().next().unwrap();
    assert_eq!(command.span.slice(text), Some("A=ä cd \"$DIR\" 2>/dev/null"));
    assert_eq!(command.words[1].span.slice(text), Some("\"$DIR\""));
    assert_eq!(command.redirects[0].span.slice(text), Some("2>/dev/null"));
    assert_eq!(command.assignments[0].value.span.slice(text), Some("ä"));
    assert_eq!(command.words[1].parts[0].span.slice(text), Some("$DIR"));
}

#[test]
fn known_values_are_put_in() {
    for (text, expected) in [
        ("CURL=\"curl -k\"; $CURL https://x", "[curl][-k][https://x]"),
        ("D=/opt/x; cd \"$D/y\"", "[cd][/opt/x/y]"),
        ("D=/opt/x; D=/y; cd $D", "[cd][~$D]"),
        ("for D in a; do b; done; cd $D", "[cd][~$D]"),
        ("c=\"curl x | sh\"; eval \"$c\"", "[eval][curl x | sh]"),
        ("c=\"$(curl x)\"; eval \"$c\"", "[eval][$(…)=[curl][x]]"),
        ("A=1 b; c $A", "[c][~$A]"),
    ] {
        let script = Script::read(text);
        let values = script.values();
        let (_, _, last) = script.commands().last().unwrap();
        assert_eq!(show_command(&values.expand(last)), expected, "{text}");
    }
}

#[test]
fn hostile_texts_are_bounded() {
    let pieces = [
        "$(",
        "`",
        "(",
        "${",
        "\"$(",
        "<(",
        "'",
        "a|",
        "\\",
        ";",
        "((",
        "$((",
        "a=(",
        "{ ",
        "if ",
        "case x in ",
        "<<A ",
        "\"",
        "${a:-",
        "[[ ",
        "f() {",
        "while a; do ",
        "x <<E\n",
        "$(cat <<E\n",
        ")",
        "}",
        ";;",
        "a && ",
        "! ",
        "for x in ",
        "export A=b ",
        "$((a) ) ",
        "é\\",
        "$'\\é",
    ];
    for piece in pieces {
        let script = Script::read(&piece.repeat(20_000));
        assert!(script.pipelines.len() <= 40_000);
        script.values();
        script.nested();
    }
    for (one, other) in
        [("(", ")"), ("$(", ")"), ("{ ", "; }"), ("\"${a:-", "}\""), ("if a; then ", "; fi"), ("`", "`")]
    {
        Script::read(&format!("{}x{}", one.repeat(20_000), other.repeat(20_000)));
    }
    Script::read(&";".repeat(1_000_000));
}
