//! Variables whose value stands in the script, put where they are used: `CURL="curl -k"; $CURL …`.

use super::{Assignment, Command, CommandKind, Piece, Quote, Script, Word};
use std::collections::BTreeMap;

/// Bytes of a value that is put in, and values that are put into one command, at most.
const MAX_VALUE: usize = 2_048;
const MAX_PUT: usize = 16;

/// The variables that are assigned once, as a whole, with the value written out.
#[derive(Clone, Debug, Default)]
pub struct Values<'s> {
    known: BTreeMap<&'s str, Option<&'s Word>>,
}

impl Script {
    /// The values that are known, of this script without its substitutions.
    pub fn values(&self) -> Values<'_> {
        let mut known = BTreeMap::new();
        for (_, _, command) in self.commands() {
            for Assignment { name, is_partial, value, .. } in &command.assignments {
                // An assignment before a program holds for that program only.
                let is_lasting = command.words.is_empty() || is_declaration(command.name());
                let value = Some(value).filter(|value| !is_partial && value.span.len() <= MAX_VALUE && is_lasting);
                known.entry(name.as_str()).and_modify(|known| *known = None).or_insert(value);
            }
            let set = match command.kind {
                CommandKind::For => command.words.get(1..2),
                CommandKind::Simple
                    if matches!(command.name(), "read" | "mapfile" | "readarray" | "getopts" | "unset") =>
                {
                    command.words.get(1..)
                }
                CommandKind::Simple if command.name() == "printf" => command.words.get(2..3),
                _ => None,
            };
            for word in set.unwrap_or_default() {
                known.insert(word.text.as_str(), None);
            }
        }
        Values { known }
    }
}

impl<'s> Values<'s> {
    pub fn get(&self, name: &str) -> Option<&'s Word> {
        self.known.get(name).copied().flatten()
    }

    /// The command with what is known put in, one level deep.
    pub fn expand(&self, command: &Command) -> Command {
        let mut left = MAX_PUT;
        let mut out = Command { words: Vec::new(), ..command.clone() };
        for word in &command.words {
            self.expand_word(word, &mut left, &mut out.words);
        }
        for target in out.redirects.iter_mut().map(|to| &mut to.target).filter(|target| !target.is_literal()) {
            let mut words = Vec::new();
            self.expand_word(target, &mut left, &mut words);
            *target = words.pop().unwrap_or_default();
        }
        for value in out.assignments.iter_mut().map(|it| &mut it.value).filter(|value| !value.scripts().is_empty()) {
            let mut words = Vec::new();
            self.expand_word(value, &mut left, &mut words);
            *value = words.pop().unwrap_or_default();
        }
        out
    }

    /// The script with what is known put in, one level deep, also in its substitutions.
    pub fn expand_script(&self, script: &Script) -> Script {
        let pipelines = script.pipelines.iter().map(|pipeline| super::Pipeline {
            commands: pipeline.commands.iter().map(|command| self.expand(command)).collect(),
            ..*pipeline
        });
        Script { pipelines: pipelines.collect(), functions: script.functions.clone(), ..Script::default() }
    }

    fn expand_word(&self, word: &Word, left: &mut usize, out: &mut Vec<Word>) {
        if word.is_literal() {
            out.push(word.clone());
            return;
        }
        let value_of = |piece: &Piece| match piece {
            Piece::Variable { name, operator, .. } if operator.is_empty() => self.get(name),
            _ => None,
        };
        // The whole word, outside of quotes: its value becomes words.
        if let [part] = word.parts.as_slice()
            && part.quote == Quote::None
            && let Some(value) = value_of(&part.piece).filter(|value| value.is_literal() && *left > 0)
        {
            *left -= 1;
            out.extend(value.text.split_ascii_whitespace().map(|text| Word::literal(text, word.span)));
            return;
        }
        let mut put = Word { span: word.span, ..Word::default() };
        for part in &word.parts {
            match value_of(&part.piece).filter(|_| *left > 0) {
                Some(value) => {
                    *left -= 1;
                    put.text.push_str(&value.text);
                    put.parts.extend(value.parts.iter().cloned().map(|mut inner| {
                        inner.span = part.span;
                        inner.quote = part.quote;
                        inner
                    }));
                }
                None => {
                    let mut part = part.clone();
                    if let Piece::Script(inner, _) = &mut part.piece {
                        **inner = self.expand_script(inner);
                    }
                    put.push(&part.text(), part);
                }
            }
        }
        out.push(put);
    }
}

impl super::Part {
    /// As it stands in [`Word::text`].
    fn text(&self) -> String {
        match &self.piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable { name, operator, argument } => {
                let argument = argument.as_ref().map_or("", |word| word.text.as_str());
                if operator.is_empty() { format!("${name}") } else { format!("${{{name}{operator}{argument}}}") }
            }
            Piece::Script(_, super::Substitution::Output) => "$(…)".to_owned(),
            Piece::Script(_, super::Substitution::File) => "<(…)".to_owned(),
            Piece::Arithmetic(_) => "$((…))".to_owned(),
        }
    }
}

/// Whether a command assigns what its arguments say, for the rest of the script.
pub(super) fn is_declaration(name: &str) -> bool {
    matches!(name, "export" | "readonly" | "local" | "declare" | "typeset")
}
