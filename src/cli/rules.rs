//! `rules list | explain ID | test DIR`.

use super::{print, render};
use crate::app::{Environment, Failure, explain, list, load_rules, test_rules};
use crate::report::text::Style;
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mcp-picket rules list\n  mcp-picket rules explain provider-token\n  mcp-picket rules test my-rules/"
)]
pub(super) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One line for each rule
    List {
        /// Also the rule pages in this directory
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
        /// As a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Why a rule exists and how to mend what it finds
    Explain {
        /// The rule's id
        id: String,
        /// Also the rule pages in this directory
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
        /// As a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Run the cases of the rule pages in a directory
    Test {
        /// The directory
        dir: PathBuf,
        /// As a JSON array
        #[arg(long)]
        json: bool,
    },
}

impl Rules {
    pub(super) fn run(&self, environment: &Environment) -> Result<ExitCode, Failure> {
        match &self.command {
            Command::List { rules, json } => print(Ok(list(&load_rules(rules)?, *json).into_bytes())),
            Command::Explain { id, rules, json } => print(Ok(explain(&load_rules(rules)?, id, *json)?.into_bytes())),
            Command::Test { dir, json } => {
                let tested = test_rules(dir)?;
                let style = Style { width: environment.width, unicode: environment.unicode, ..Style::default() };
                let mut errors = io::stderr().lock();
                for failure in tested.pages.iter().flat_map(|page| &page.failures) {
                    let _ = write!(errors, "{}", render(failure, style));
                }
                print(Ok(tested.render(*json).into_bytes()))?;
                Ok(ExitCode::from(u8::from(tested.has_failed())))
            }
        }
    }
}
