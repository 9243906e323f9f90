//! `machine`: the files that clients keep outside any project, on this machine or in another home directory.

use super::scan::scan_with;
use super::{Environment, Failure, ScanOptions, Scanned, Standard};
use crate::intake::KnownFiles;
use crate::rule::{Clients, Knowledge, Os};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Whose machine is meant.
#[derive(Clone, Debug, Default)]
pub struct MachineOptions {
    /// Another home directory than the account's own.
    pub home: Option<PathBuf>,
    /// The system that it belongs to, if not this one.
    pub os: Option<Os>,
}

impl MachineOptions {
    /// The home directory in question, absolute.
    pub(super) fn home(&self, environment: &Environment) -> Result<PathBuf, Failure> {
        let Some(home) = &self.home else {
            let unknown = || Failure::Usage("the home directory is not known; name it with --home".to_owned());
            return environment.home.clone().ok_or_else(unknown);
        };
        let home = environment.current_dir.join(home);
        // Through a link, as `/home` is one on some systems, the files would be named by another path than this.
        let real = home.canonicalize().ok().filter(|real| real.is_dir());
        real.ok_or_else(|| Failure::Missing(format!("{}: no such directory", home.display())))
    }

    /// What clients keep there. Files of the system as a whole count only for the account's own home.
    pub(super) fn files(&self, home: &Path, clients: &Clients) -> KnownFiles {
        let os = self.os.unwrap_or_else(Os::current);
        let here = self.home.is_none() && os == Os::current();
        let mut known = KnownFiles::below(home);
        let patterns = clients.clients.iter().flat_map(|client| &client.user_files);
        for file in patterns.filter(|file| file.os.is_none_or(|one| one == os)) {
            let place = file.place();
            if let Some(inside) = place.strip_prefix("~/") {
                known.look(home, inside);
            } else if here {
                let (root, inside) = split_root(&place);
                known.look(Path::new(root), inside);
            }
        }
        known
    }
}

/// `C:/` or `/`, and what stands below it.
fn split_root(place: &str) -> (&str, &str) {
    let end = place.find(":/").map_or(usize::from(place.starts_with('/')), |colon| colon + 2);
    place.split_at(end)
}

/// Audit the files of every client, named from the home directory and with modes that count.
///
/// # Errors
/// As for [`super::scan()`]; also if there is no home directory.
pub fn machine(
    machine: &MachineOptions,
    options: &ScanOptions,
    environment: &Environment,
    standard: Standard<'_>,
) -> Result<Scanned, Failure> {
    let started = Instant::now();
    let home = machine.home(environment)?;
    let knowledge = Arc::new(Knowledge::embedded().map_err(Failure::Rules)?);
    let known = machine.files(&home, &knowledge.clients);
    let options = ScanOptions {
        paths: known.files(),
        folders: known.folders(&home),
        known_gaps: known.gaps(),
        own_machine: true,
        ..options.clone()
    };
    scan_with(knowledge, started, &options, &Environment { home: Some(home), ..environment.clone() }, standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_system_is_told_from_what_is_below() {
        assert_eq!(split_root("/etc/codex/config.toml"), ("/", "etc/codex/config.toml"));
        assert_eq!(split_root("C:/ProgramData/x/settings.json"), ("C:/", "ProgramData/x/settings.json"));
    }
}
