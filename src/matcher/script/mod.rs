//! What a shell text does, as far as it can be told without running it: one judgement for every rule that meets a command.
//!
//! Each effect has a word for rule pages and a phrase for messages. A text that does nothing of the kind gives nothing:
//! formatters, linters, loggers and scripts of the repository are silent, and what a script file does is not followed.

mod call;
mod effects;
mod secrets;

use crate::lower::shell::Script;
pub(super) use call::Call;

/// Bytes of a command that are judged: what a hook does stands at its beginning.
const MAX_LENGTH: usize = 32 * 1024;

/// Something a shell text does that whoever reads it should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    OpensShell,
    SendsSecrets,
    RunsEncoded,
    RunsDownload,
    RunsInput,
    DeletesHome,
    PlantsItself,
    SendsInput,
    SplitsInput,
}

impl Effect {
    /// Word in pages, phrase in messages; the strongest first.
    pub(super) const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("opens-shell", Self::OpensShell, "opens a shell to the network"),
        ("sends-secrets", Self::SendsSecrets, "sends secrets away"),
        ("runs-encoded", Self::RunsEncoded, "runs encoded text"),
        ("runs-download", Self::RunsDownload, "runs what it downloads"),
        ("runs-input", Self::RunsInput, "runs text that the model wrote"),
        ("deletes-home", Self::DeletesHome, "deletes a home or root directory"),
        ("plants-itself", Self::PlantsItself, "writes into a file that starts with every login"),
        ("sends-input", Self::SendsInput, "sends what the agent works on to another machine"),
        ("splits-input", Self::SplitsInput, "lets text that the model wrote become several arguments"),
    ];

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, ..)| *name == word).map(|(_, effect, _)| *effect)
    }

    pub(super) fn phrase(self) -> &'static str {
        Self::WORDS.iter().find(|(_, effect, _)| *effect == self).map_or("", |(.., phrase)| phrase)
    }
}

/// The effects of a text that a shell runs, strongest first.
pub(super) fn effects_of_text(text: &str) -> Vec<Effect> {
    effects::of(&Script::read(crate::text::Span::new(0, MAX_LENGTH).clamped(text).slice(text).unwrap_or_default()))
}

/// The effects of a program that is started with arguments, without a shell of its own.
pub(super) fn effects_of_words(words: &[String]) -> Vec<Effect> {
    effects::of(&Script::of_words(words))
}

#[cfg(test)]
mod tests;
