//! What the process was given: directories, terminal, time. Asked once, passed on as values.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

/// The surroundings of a run.
#[derive(Clone, Debug)]
pub struct Environment {
    pub current_dir: PathBuf,
    pub home: Option<PathBuf>,
    /// Whether standard output is a terminal that wants colour.
    pub color: bool,
    pub unicode: bool,
    /// Columns of the terminal; 80 elsewhere.
    pub width: usize,
    /// Whether standard error is a terminal, where progress may be shown.
    pub progress: bool,
    pub today: Date,
}

impl Environment {
    /// Surroundings without terminal and home directory: output as it goes into a file.
    pub fn without_terminal(current_dir: PathBuf, today: Date) -> Self {
        Self { current_dir, home: None, color: false, unicode: true, width: 80, progress: false, today }
    }

    /// Ask the process.
    ///
    /// # Errors
    /// If there is no current directory.
    pub fn of_process() -> io::Result<Self> {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let columns = is_terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
        Ok(Self {
            current_dir: std::env::current_dir()?,
            home: std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from),
            color: is_terminal && !dumb && !set("NO_COLOR"),
            unicode: !is_terminal || speaks_unicode(),
            width: columns.unwrap_or(80),
            progress: io::stderr().is_terminal() && !dumb,
            today: jiff::Timestamp::now().to_zoned(TimeZone::UTC).date(),
        })
    }
}

/// Whether the locale of a terminal is UTF-8. Output that goes elsewhere always is.
fn speaks_unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    cfg!(windows)
        || cfg!(target_os = "macos")
        || locale.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// Standard input, up to `limit` bytes.
///
/// # Errors
/// If it cannot be read or holds more.
pub(super) fn read_standard_input(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it holds more than {limit} bytes")));
    }
    Ok(bytes)
}
