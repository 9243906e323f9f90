//! `inventory [PATH…]`.

use super::machine::Place;
use super::print;
use crate::app::{Environment, Failure, Format, InventoryOptions, Output, inventory};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
mcp-picket inventory                         the servers of the current directory\n  \
mcp-picket inventory --machine               those of every client on this machine\n  \
mcp-picket inventory --format json=out.json  for another program")]
pub(super) struct Inventory {
    /// Files and directories [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The clients' own files on this machine, instead of a directory
    #[arg(long, conflicts_with = "paths")]
    machine: bool,
    #[command(flatten)]
    place: Place,
    /// text or json, to standard output or to a file
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "text")]
    format: Output,
    /// Also examine what ignore files name, and third-party and generated trees
    #[arg(long)]
    no_ignore: bool,
}

impl Inventory {
    pub(super) fn run(self, environment: &Environment) -> Result<ExitCode, Failure> {
        if self.place.is_given() && !self.machine {
            return Err(Failure::Usage("--home and --os belong to --machine".to_owned()));
        }
        if !matches!(self.format.format, Format::Text | Format::Json) {
            return Err(Failure::Usage("an inventory is text or json".to_owned()));
        }
        let options = InventoryOptions {
            paths: self.paths,
            machine: self.machine.then(|| self.place.options()),
            no_ignore: self.no_ignore,
        };
        let rendered = inventory(&options, environment, self.format.format)?;
        match &self.format.file {
            Some(file) => {
                crate::app::write_whole(file, rendered.as_bytes())
                    .map_err(|error| Failure::Output(format!("cannot write {}: {error}", file.display())))?;
                Ok(ExitCode::SUCCESS)
            }
            None => print(Ok(rendered.into_bytes())),
        }
    }
}
