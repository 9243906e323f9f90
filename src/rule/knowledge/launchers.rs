//! Package runners and wrappers: which program fetches which package, at which version.

use super::super::diagnostic::Problems;
use super::super::expression::Expression;
use super::super::table::TableReader;

/// All rows.
#[derive(Debug, Default)]
pub struct Launchers {
    pub runners: Vec<PackageRunner>,
    pub wrappers: Vec<Wrapper>,
    pub shells: Vec<ShellProgram>,
    pub examples: Vec<LaunchExample>,
}

/// A row's self-test: a command line (words in single quotes are one), and what it must resolve to.
#[derive(Clone, Debug)]
pub struct LaunchExample {
    pub line: String,
    pub package: Option<String>,
    pub version: Option<String>,
    /// Whether it runs a script given on the line.
    pub script: bool,
}

/// A shell that takes a script as an argument.
#[derive(Clone, Debug)]
pub struct ShellProgram {
    pub commands: Vec<String>,
    /// The flag before the script.
    pub script_flag: Expression,
    /// What makes the words after the flag a script, all of them together. The next word alone is one if absent.
    pub script: Option<Expression>,
}

/// Where a runner takes packages from, which decides how versions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunnerKind {
    Npm,
    Pypi,
    /// Container images.
    Oci,
    /// Modules by URL, `npm:` or `jsr:`.
    Deno,
    Go,
    Nuget,
}

impl RunnerKind {
    /// By the name that a package registry has in a manifest.
    pub fn from_registry(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "npm" => Some(Self::Npm),
            "pypi" => Some(Self::Pypi),
            "oci" | "docker" => Some(Self::Oci),
            "nuget" => Some(Self::Nuget),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Oci => "oci",
            Self::Deno => "deno",
            Self::Go => "go",
            Self::Nuget => "nuget",
        }
    }
}

#[derive(Clone, Debug)]
pub struct PackageRunner {
    pub id: String,
    pub kind: RunnerKind,
    /// Program and sub-commands, each as words.
    pub commands: Vec<Vec<String>>,
    /// Flags that take the next argument.
    pub value_flags: Vec<String>,
    /// Flags whose value is the package.
    pub package_flags: Vec<String>,
    /// Flags whose value is fetched besides the package.
    pub extra_flags: Vec<String>,
    /// Flags whose value is the package's version.
    pub version_flags: Vec<String>,
    /// Only flags name packages; what is run is a file of the project.
    pub only_flags: bool,
    /// Packages with their sub-command that look up the name behind it in a registry without versions.
    pub resolvers: Vec<Vec<String>>,
    /// Flags that keep the runner from fetching anything.
    pub local_flags: Vec<String>,
    /// Flags whose value is a shell command line.
    pub shell_flags: Vec<String>,
    /// Packages that are expected to be installed in the project.
    pub local_tools: Vec<String>,
    /// If not empty, every other flag takes a value.
    pub plain_flags: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Wrapper {
    pub commands: Vec<String>,
    pub skip_flags: Vec<String>,
    pub value_flags: Vec<String>,
    /// `NAME=value` words may stand before the program.
    pub assignments: bool,
}

impl Launchers {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        for row in table.tables("runner", problems) {
            let runner = read_runner(row, &mut out.examples, problems);
            out.runners.extend(runner);
        }
        for mut row in table.tables("wrapper", problems) {
            row.str("id", problems);
            row.required_str("reference", problems);
            let wrapper = Wrapper {
                commands: row.owned_strings("commands", problems),
                skip_flags: row.owned_strings("skip_flags", problems),
                value_flags: row.owned_strings("value_flags", problems),
                assignments: row.bool("assignments", problems) == Some(true),
            };
            read_examples(&mut row, &mut out.examples, problems);
            row.finish(problems);
            out.wrappers.push(wrapper);
        }
        for row in table.tables("shell", problems) {
            let shell = read_shell(row, &mut out.examples, problems);
            out.shells.extend(shell);
        }
        out
    }
}

fn read_shell(
    mut row: TableReader<'_>,
    examples: &mut Vec<LaunchExample>,
    problems: &mut Problems,
) -> Option<ShellProgram> {
    row.str("id", problems);
    row.required_str("reference", problems);
    let commands = row.owned_strings("commands", problems);
    let script_flag = row.expression("script_flag", problems);
    let script = row.expression("script", problems);
    for (key, script) in [("example", true), ("near_miss", false)] {
        let Some(line) = row.required_str(key, problems) else { continue };
        // A near miss may still start a package; that is another row's business.
        let package = line.value.contains("@acme/server").then(|| "@acme/server".to_owned());
        examples.push(LaunchExample { line: line.value.to_owned(), package, version: None, script });
    }
    row.finish(problems);
    Some(ShellProgram { commands, script_flag: script_flag?, script })
}

fn read_runner(
    mut row: TableReader<'_>,
    examples: &mut Vec<LaunchExample>,
    problems: &mut Problems,
) -> Option<PackageRunner> {
    let id = row.required_str("id", problems)?.value.to_owned();
    let ecosystem = row.required_str("ecosystem", problems)?;
    let kind = match ecosystem.value {
        "npm" => RunnerKind::Npm,
        "pypi" => RunnerKind::Pypi,
        "oci" => RunnerKind::Oci,
        "deno" => RunnerKind::Deno,
        "go" => RunnerKind::Go,
        "nuget" => RunnerKind::Nuget,
        other => {
            problems.add(ecosystem.span, format!("`{other}` is none of npm, pypi, oci, deno, go, nuget"));
            return None;
        }
    };
    row.required_str("reference", problems);
    let lines = |key: &'static str, row: &mut TableReader<'_>, problems: &mut Problems| {
        let lines = row.strings(key, problems).into_iter();
        lines.map(|line| line.value.split(' ').map(str::to_owned).collect()).collect()
    };
    let commands = lines("commands", &mut row, problems);
    let resolvers = lines("resolvers", &mut row, problems);
    let runner = PackageRunner {
        id,
        kind,
        commands,
        value_flags: row.owned_strings("value_flags", problems),
        package_flags: row.owned_strings("package_flags", problems),
        extra_flags: row.owned_strings("extra_flags", problems),
        version_flags: row.owned_strings("version_flags", problems),
        only_flags: row.bool("only_flags", problems) == Some(true),
        resolvers,
        local_flags: row.owned_strings("local_flags", problems),
        shell_flags: row.owned_strings("shell_flags", problems),
        local_tools: row.owned_strings("local_tools", problems),
        plain_flags: row.owned_strings("plain_flags", problems),
    };
    read_examples(&mut row, examples, problems);
    row.finish(problems);
    Some(runner)
}

fn read_examples(row: &mut TableReader<'_>, examples: &mut Vec<LaunchExample>, problems: &mut Problems) {
    let line = row.required_str("example", problems).map(|text| text.value.to_owned());
    let near_miss = row.required_str("near_miss", problems).map(|text| text.value.to_owned());
    let package = row.required_str("package", problems).map(|text| text.value.to_owned());
    let version = row.str("version", problems).map(|text| text.value.to_owned());
    examples.extend(line.map(|line| LaunchExample { line, package, version, script: false }));
    examples.extend(near_miss.map(|line| LaunchExample { line, package: None, version: None, script: false }));
}
