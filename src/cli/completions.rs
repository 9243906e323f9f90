//! `completions SHELL`.

use super::{Cli, print};
use crate::app::Failure;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  mcp-picket completions bash > ~/.local/share/bash-completion/completions/mcp-picket"
)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "mcp-picket", &mut script);
        print(Ok(script))
    }
}
