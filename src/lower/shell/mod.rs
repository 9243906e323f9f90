//! A shell script as data: its commands in order, each with its place in the script, its words made of parts, and the
//! options of the shell that are in force where it stands. For sh, bash, dash, ksh and zsh.
//!
//! It is read by a small reader of our own and not by a grammar: every tenth real script (six of ten in zsh) holds
//! something that the grammar at hand cannot read, and a hook's command line is no script at all. Reading fails on
//! nothing, takes linear time, and is bounded in depth. It expands nothing and looks at one file.

mod expand;
mod options;
mod read;
mod word;

pub use expand::Values;
pub use options::Options;
pub use word::{Part, Piece, Quote, Substitution, Word};

use crate::text::Span;

/// A script, or what stands in `$(…)`.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// In the order of the text. Bodies of compound commands are not nested: [`Context`] says where a command stands.
    pub pipelines: Vec<Pipeline>,
    pub functions: Vec<Function>,
    /// The program that the first line names, without its path: `bash`.
    pub interpreter: Option<String>,
    /// The text was longer than is read, or nested deeper.
    pub is_cut: bool,
}

/// Commands joined by `|`. What is piped into a group comes to its first command, what is piped out of it comes from its
/// last one.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    pub commands: Vec<Command>,
    pub is_negated: bool,
    /// What joins it to the pipeline before.
    pub before: Link,
    /// What joins it to the pipeline behind.
    pub after: Link,
}

/// How a pipeline goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    End,
    And,
    Or,
    Background,
}

#[derive(Clone, Debug, Default)]
pub struct Command {
    pub span: Span,
    pub kind: CommandKind,
    /// All that it assigns: `A=b cmd`, and those of `export`, `local`, `readonly`, `declare`.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments, without keywords and assignments before the program. Heads of compound commands
    /// keep their first word: `for x in a b`, `case $x`, `[[ … ]]`.
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
    pub context: Context,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommandKind {
    #[default]
    Simple,
    /// The head of `for` or `select`.
    For,
    /// The head of `case`.
    Case,
    /// `[[ … ]]`.
    Test,
    /// `(( … ))`.
    Arithmetic,
    /// Redirections behind the end of a compound command.
    Group,
}

#[derive(Clone, Debug)]
pub struct Assignment {
    pub name: String,
    pub span: Span,
    /// `NAME=(…)`, `NAME[1]=…` or `NAME+=…`: not the whole value.
    pub is_partial: bool,
    pub value: Word,
}

#[derive(Clone, Debug)]
pub struct Redirect {
    pub span: Span,
    /// The number before the operator.
    pub descriptor: Option<u32>,
    /// `>`, `>>`, `<`, `<<`, `<<<`, `>&`, `&>`, …
    pub operator: String,
    /// A file, a descriptor, the text of `<<<`, or the delimiter of a here-document.
    pub target: Word,
    /// The text of a here-document. Without expansions if its delimiter is quoted.
    pub body: Option<Word>,
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The function that holds it.
    pub function: Option<usize>,
    /// Its status is asked by `if`, `while`, or by `&&` or `||` behind its group.
    pub in_condition: bool,
    /// It is run or not: in a branch, an arm of `case`, a loop.
    pub is_conditional: bool,
    pub in_loop: bool,
    pub in_subshell: bool,
    /// Its standard output goes where its group sends it, not to the script's.
    pub is_redirected: bool,
    pub options: Options,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub span: Span,
}

impl Redirect {
    /// Whether it takes away the standard output.
    pub fn takes_output(&self) -> bool {
        match self.operator.as_str() {
            ">" | ">>" | ">|" | ">&" => self.descriptor.is_none_or(|number| number == 1),
            "&>" | "&>>" => true,
            _ => false,
        }
    }
}

impl Command {
    /// The first word, if it is written out.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |word| word.text.as_str())
    }

    /// All words: of the command, of what it assigns, of what it is redirected to.
    pub fn all_words(&self) -> impl Iterator<Item = &Word> {
        // `export A=b` has its assignments among its words.
        let is_apart = !expand::is_declaration(self.name());
        let assigned = self.assignments.iter().filter(move |_| is_apart).map(|it| &it.value);
        let redirected = self.redirects.iter().flat_map(|to| std::iter::once(&to.target).chain(&to.body));
        self.words.iter().chain(assigned).chain(redirected)
    }
}

impl Pipeline {
    /// Whether somebody asks for its status: a condition, `&&`, `||`, `!`.
    pub fn is_asked(&self) -> bool {
        self.is_negated
            || matches!(self.after, Link::And | Link::Or)
            || self.commands.iter().any(|command| command.context.in_condition)
    }
}

impl Script {
    /// Read a text. Never fails.
    pub fn read(text: &str) -> Self {
        read::read(text)
    }

    /// A program that is started with arguments, without a shell.
    pub fn of_words(words: &[String]) -> Self {
        let words = words.iter().map(|text| Word::literal(text, Span::default())).collect();
        let command = Command { words, ..Command::default() };
        Self { pipelines: vec![Pipeline { commands: vec![command], ..Pipeline::default() }], ..Self::default() }
    }

    /// The commands with their pipelines and places in them, in order; not those in substitutions.
    pub fn commands(&self) -> impl Iterator<Item = (&Pipeline, usize, &Command)> {
        self.pipelines
            .iter()
            .flat_map(|pipeline| pipeline.commands.iter().enumerate().map(move |(at, it)| (pipeline, at, it)))
    }

    /// This script and all that stand in its substitutions, with how deep they stand.
    pub fn nested(&self) -> Vec<(&Self, usize)> {
        let mut all = vec![(self, 0)];
        let mut next = 0;
        while let Some((script, depth)) = all.get(next).copied() {
            next += 1;
            let words = script.commands().flat_map(|(_, _, command)| command.all_words());
            all.extend(words.flat_map(Word::scripts).map(|inner| (inner, depth + 1)));
        }
        all
    }
}

#[cfg(test)]
mod tests;
