//! The options of the shell that say what becomes of errors.

use super::Command;

/// Which of them are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub errexit: bool,
    pub nounset: bool,
    pub pipefail: bool,
    pub xtrace: bool,
}

impl Options {
    /// The options that the words behind the interpreter in a first line turn on.
    pub(super) fn of_words<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut options = Self::default();
        options.read(words);
        options
    }

    /// What a command changes.
    pub(super) fn apply(&mut self, command: &Command) {
        let words = command.words.iter().skip(1).map(|word| word.text.as_str());
        match command.name() {
            "set" => self.read(words),
            "setopt" => words.for_each(|name| self.set(name, true)),
            "unsetopt" => words.for_each(|name| self.set(name, false)),
            "shopt" if command.words.iter().any(|word| word.text.contains('o') && word.text.starts_with('-')) => {
                let on = command.words.iter().any(|word| word.text.starts_with('-') && word.text.contains('s'));
                words.filter(|word| !word.starts_with('-')).for_each(|name| self.set(name, on));
            }
            _ => {}
        }
    }

    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            errexit: self.errexit || other.errexit,
            nounset: self.nounset || other.nounset,
            pipefail: self.pipefail || other.pipefail,
            xtrace: self.xtrace || other.xtrace,
        }
    }

    fn read<'w>(&mut self, mut words: impl Iterator<Item = &'w str>) {
        while let Some(word) = words.next() {
            let on = word.starts_with('-');
            let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.starts_with('-')) else {
                return;
            };
            for letter in letters.chars() {
                match letter {
                    'e' => self.errexit = on,
                    'u' => self.nounset = on,
                    'x' => self.xtrace = on,
                    'o' => self.set(words.next().unwrap_or_default(), on),
                    _ => {}
                }
            }
        }
    }

    fn set(&mut self, name: &str, on: bool) {
        let name: String = name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
        let (name, on) = match name.strip_prefix("no") {
            Some("unset") => ("nounset", on),
            Some(rest) => (rest, !on),
            None => (name.as_str(), on),
        };
        match name {
            "errexit" => self.errexit = on,
            "nounset" | "unset" if name != "unset" => self.nounset = on,
            "pipefail" => self.pipefail = on,
            "xtrace" => self.xtrace = on,
            _ => {}
        }
    }
}
