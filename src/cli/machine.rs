//! `machine`.

use super::judging::Judging;
use crate::app::{Environment, Failure, MachineOptions, machine};
use crate::rule::Os;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
mcp-picket machine                          every client's own files on this machine\n  \
mcp-picket machine --fail-on high -q        one line each\n  \
mcp-picket machine --home /mnt/home/someone another home directory, mounted")]
pub(super) struct Machine {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    judging: Judging,
}

/// Whose files are meant.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Place {
    /// Another home directory than that of this account
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// The system that the home directory belongs to: linux, macos, windows [default: this one]
    #[arg(long, value_name = "OS")]
    os: Option<Os>,
}

impl Place {
    pub(super) fn options(&self) -> MachineOptions {
        MachineOptions { home: self.home.clone(), os: self.os }
    }

    pub(super) fn is_given(&self) -> bool {
        self.home.is_some() || self.os.is_some()
    }
}

impl Machine {
    pub(super) fn run(self, environment: &Environment) -> Result<ExitCode, Failure> {
        let place = self.place.options();
        self.judging.run(environment, |_| {}, |options, standard| machine(&place, options, environment, standard))
    }
}
