//! The command line: one file per sub-command, each turning its arguments into a call of `app`.

mod completions;
mod inventory;
mod judging;
mod machine;
mod progress;
mod rules;
mod scan;

use crate::app::{Environment, Failure, redactor};
use crate::report::text::{Diagnostic, Style, diagnostic};
use clap::{CommandFactory, Parser, Subcommand};
use std::io::{self, Write};
use std::process::ExitCode;

/// Audits MCP deployments offline: what is wrong, where exactly, why, and how to mend it
#[derive(Debug, Parser)]
#[command(name = "mcp-picket", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Exit codes:
  0   no new finding at or above --fail-on
  1   findings
  2   wrong usage
  3   a named path does not exist
  4   a wrong rule page or policy
  70  internal error, after the report")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Audit files and directories
    Scan(Box<scan::Scan>),
    /// Audit what the clients on this machine are configured to start, with the modes of the files
    Machine(Box<machine::Machine>),
    /// List every server that a client is told to start or reach
    Inventory(inventory::Inventory),
    /// List, explain and test rules
    Rules(rules::Rules),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Print the manual page
    Man,
}

/// Parse the process's arguments and run. Everything that can be said to a person has been said when this returns.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let environment = match Environment::of_process() {
        Ok(environment) => environment,
        Err(error) => return complain(&Failure::Usage(format!("there is no current directory: {error}")), None),
    };
    let result = match cli.command {
        Command::Scan(scan) => scan.run(&environment),
        Command::Machine(machine) => machine.run(&environment),
        Command::Inventory(inventory) => inventory.run(&environment),
        Command::Rules(rules) => rules.run(&environment),
        Command::Completions(completions) => completions.run(),
        Command::Man => man(),
    };
    result.unwrap_or_else(|failure| complain(&failure, Some(&environment)))
}

/// One message about what must be mended, on standard error.
fn complain(failure: &Failure, environment: Option<&Environment>) -> ExitCode {
    let mut out = io::stderr().lock();
    match failure {
        Failure::Rules(found) => {
            let style = environment.map_or_else(Style::default, |environment| Style {
                color: false,
                unicode: environment.unicode,
                width: environment.width,
                ..Style::default()
            });
            for one in found {
                let _ = write!(out, "{}", render(one, style));
            }
        }
        other => {
            let message = redactor().inline(&other.to_string());
            let _ = writeln!(out, "mcp-picket: {message}");
        }
    }
    ExitCode::from(failure.exit_code())
}

fn render(found: &crate::rule::Diagnostic, style: Style) -> String {
    let shown = Diagnostic {
        path: &found.path,
        source: &found.source,
        span: found.span,
        message: &found.message,
        help: found.help.as_deref(),
    };
    diagnostic(&shown, &redactor(), style)
}

fn man() -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
    print(rendered.map(|()| page))
}

/// Write bytes to standard output; a reader that went away is no error.
fn print(bytes: io::Result<Vec<u8>>) -> Result<ExitCode, Failure> {
    let written = bytes.and_then(|bytes| io::stdout().lock().write_all(&bytes));
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output(format!("cannot write standard output: {error}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
