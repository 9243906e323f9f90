//! `scan [PATH…]`.

use super::judging::Judging;
use crate::app::{Environment, Failure, scan};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
mcp-picket scan                                    the current directory\n  \
mcp-picket scan .mcp.json --fail-on high           one file\n  \
mcp-picket scan --format text --format json=r.json two reports at once\n  \
mcp-picket scan --format github --format sarif=r.sarif in CI: annotations, and a file to upload\n  \
mcp-picket scan --select secrets --no-ignore       one family, everywhere\n  \
mcp-picket scan --untrusted third-party/           nothing in the tree may silence a finding\n  \
git show HEAD:.mcp.json | mcp-picket scan - --stdin-path .mcp.json")]
pub(super) struct Scan {
    /// Files and directories; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What standard input is, for `-`
    #[arg(long, value_name = "PATH")]
    stdin_path: Option<String>,
    /// Also examine what ignore files name, and third-party and generated trees
    #[arg(long)]
    no_ignore: bool,
    /// Honour nothing that the tree says of itself: comments, picket.toml, ignore files
    #[arg(long)]
    untrusted: bool,
    /// Largest file that is read, such as 500K or 64M [default: 16M, source 5M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_file_size: Option<u64>,
    #[command(flatten)]
    judging: Judging,
}

/// `16M`, `500K`, `1G` or a number of bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor: u64 = match unit.trim_end_matches(['B', 'b', 'i']).to_ascii_uppercase().as_str() {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err(format!("`{unit}` is none of K, M, G")),
    };
    let number: u64 = digits.parse().map_err(|_| "a size is a number with K, M or G".to_owned())?;
    number
        .checked_mul(factor)
        .filter(|size| (1..=4 << 30).contains(size))
        .ok_or_else(|| "a size is at most 4G".to_owned())
}

impl Scan {
    pub(super) fn run(self, environment: &Environment) -> Result<ExitCode, Failure> {
        let is_stdin = self.paths.iter().any(|path| path.as_os_str() == "-");
        let usage = |message: &str| Err(Failure::Usage(message.to_owned()));
        match (is_stdin, &self.stdin_path) {
            (true, _) if self.paths.len() > 1 => {
                return usage("`-` stands alone: standard input is the only input then");
            }
            (true, None) => return usage("`-` needs --stdin-path: the path decides how the text is read"),
            (false, Some(_)) => return usage("--stdin-path needs the path `-`"),
            _ => {}
        }
        self.judging.run(
            environment,
            |options| {
                options.paths = if is_stdin { Vec::new() } else { self.paths };
                options.stdin_path = self.stdin_path;
                options.no_ignore = self.no_ignore;
                options.untrusted = self.untrusted;
                options.max_file_size = self.max_file_size;
            },
            |options, standard| scan(options, environment, standard),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!((parse_size("16M"), parse_size("500K"), parse_size("7")), (Ok(16 << 20), Ok(500 << 10), Ok(7)));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        for bad in ["", "M", "5T", "99999999999G", "0"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
