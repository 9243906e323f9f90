//! Where reports go: standard output, or files that are written whole or not at all.

use super::Failure;
use crate::report::{Report, github, gitlab, json, junit, sarif, text};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Sarif,
    Github,
    Junit,
    Gitlab,
}

impl Format {
    pub const NAMES: &'static [&'static str] = &["text", "json", "sarif", "github", "junit", "gitlab"];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "sarif" => Ok(Self::Sarif),
            "github" => Ok(Self::Github),
            "junit" => Ok(Self::Junit),
            "gitlab" => Ok(Self::Gitlab),
            other => Err(format!("`{other}` is no format; there are {}", Self::NAMES.join(", "))),
        }
    }
}

/// A format and where it goes: `json`, `json=report.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    /// Standard output if absent.
    pub file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        if file == Some("") {
            return Err(format!("`{text}` names no file"));
        }
        Ok(Self { format: format.parse()?, file: file.map(PathBuf::from) })
    }
}

impl Output {
    /// The real path of the file that is written, if it is one.
    pub(super) fn real_path(&self) -> Option<PathBuf> {
        let file = self.file.as_ref()?;
        Some(parent(file).canonicalize().ok()?.join(file.file_name()?))
    }

    /// Find out before the scan that a file cannot be written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(file) = &self.file else { return Ok(()) };
        let cannot = |why: &str| Err(Failure::Output(format!("cannot write {}: {why}", file.display())));
        match file.metadata() {
            Ok(known) if known.is_dir() => return cannot("it is a directory"),
            // A rename would put a file in the place of `/dev/null`.
            Ok(known) if !known.is_file() => return cannot("it is not a regular file"),
            _ => {}
        }
        if !parent(file).is_dir() {
            return cannot("its directory does not exist");
        }
        // Only trying tells: modes, mounts and quotas all have their say. The file is gone when this returns.
        beside(file).map_or_else(|error| cannot(&error.kind().to_string()), |_| Ok(()))
    }

    /// Write the report.
    pub(super) fn write(&self, report: &Report, style: text::Style, standard: &mut dyn Write) -> Result<(), Failure> {
        let Some(file) = &self.file else {
            return finish(render(self.format, report, style, standard), "standard output");
        };
        let mut bytes = Vec::new();
        let plain = text::Style { color: false, unicode: true, ..style };
        let written = render(self.format, report, plain, &mut bytes).and_then(|()| write_whole(file, &bytes));
        finish(written, &file.display().to_string())
    }
}

fn render(format: Format, report: &Report, style: text::Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
    }
}

/// A reader that went away (`| head`) is not a mistake of the person.
fn finish(result: io::Result<()>, what: &str) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output(format!("cannot write {what}: {error}")))
        }
        _ => Ok(()),
    }
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(file: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".mcp-picket-").tempfile_in(parent(file))
}

/// Write a file whole or not at all: beside its place first, then renamed onto it.
///
/// # Errors
/// If the directory cannot be written; what stood at `file` before is untouched then.
pub fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = beside(file)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}
