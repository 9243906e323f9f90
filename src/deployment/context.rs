//! What a path says about the purpose of a file: test, documentation, example, a person's own configuration.

/// Folders that hold tests or their data.
const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "testdata",
    "test-data",
    "fixtures",
    "__fixtures__",
    "__mocks__",
    "e2e",
    "test-fixtures",
    "test_fixtures",
    "test_files",
    "test_data",
    "testing",
    "evals",
    "golden",
];
/// How files and folders of tests are called in languages that write them as one word.
const TEST_ENDINGS: &[&str] = &["Test", "Tests", "-test", "-tests", "_test", "_tests", ".Test", ".Tests"];
const DOCUMENTATION_FOLDERS: &[&str] = &["doc", "docs", "documentation", "website"];
/// Names that a documentation file has without any extension.
const DOCUMENTATION_NAMES: &[&str] = &["readme", "install", "changelog", "contributing", "history", "news", "faq"];
const EXAMPLE_FOLDERS: &[&str] =
    &["example", "examples", "sample", "samples", "demo", "demos", "template", "templates", "cookbook", "tutorials"];
const EXAMPLE_WORDS: &[&str] = &["example", "sample", "template", "dist", "tmpl", "tpl", "default"];

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/').skip(1)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// In a test or a test's data.
pub fn is_test(path: &str) -> bool {
    let name = name(path);
    let stem = name.split('.').next().unwrap_or(name);
    let is_of_tests = |word: &str| TEST_ENDINGS.iter().any(|ending| word.ends_with(ending));
    folders(path).any(|folder| TEST_FOLDERS.contains(&folder) || is_of_tests(folder) || folder.starts_with("Tests."))
        || is_of_tests(stem)
        || name.contains(".test.")
        || name.contains(".spec.")
        || stem.starts_with("test_")
        || name == "conftest.py"
}

/// Below a documentation folder, or a Markdown file that no agent reads. Whether a place in a Markdown file is prose is not told here.
pub fn is_documentation(path: &str) -> bool {
    let lower = name(path).to_ascii_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let is_named = matches!(extension, "" | "txt") && DOCUMENTATION_NAMES.contains(&stem);
    // What an agent is told, not what people read.
    let is_for_agents = path.contains(".claude/agents/") || path.contains(".github/agents/");
    is_named
        || matches!(extension, "md" | "mdx" | "mdc" | "markdown" | "rst" | "adoc") && !is_for_agents
        || folders(path).any(|folder| DOCUMENTATION_FOLDERS.contains(&folder))
}

/// An example or template that is copied before it is used.
pub fn is_example(path: &str) -> bool {
    let words = || name(path).split(['.', '-', '_']);
    folders(path).any(|folder| EXAMPLE_FOLDERS.contains(&folder))
        || words().any(|word| EXAMPLE_WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Below the home directory and outside any work tree: a person's own file.
pub fn is_user_level(place: &str, in_work_tree: bool) -> bool {
    place.starts_with("~/") && !in_work_tree
}

/// A person's own settings: user-level, or in a dot folder right below the home directory, even if that is under git.
pub fn is_own(place: &str, in_work_tree: bool) -> bool {
    is_user_level(place, in_work_tree) || place.starts_with("~/.")
}

/// A pipeline: it runs where nobody answers, mostly on a machine that is thrown away.
pub fn is_pipeline(path: &str) -> bool {
    const FOLDERS: &[&str] = &[".circleci", ".buildkite", ".gitlab", ".woodpecker"];
    const NAMES: &[&str] =
        &[".gitlab-ci", "azure-pipelines", "bitbucket-pipelines", "Jenkinsfile", ".drone", ".travis", "cloudbuild"];
    let in_github = ["/.github/workflows/", "/.github/actions/"].iter().any(|part| format!("/{path}").contains(part));
    in_github
        || folders(path).any(|folder| FOLDERS.contains(&folder))
        || NAMES.iter().any(|known| name(path).starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_their_purpose() {
        assert!(
            is_test("src/tests/a.json") && is_test("a/x.test.ts") && is_test("test_x.py") && !is_test("latest/x.py")
        );
        assert!(is_test("SecretMaskerTests.cs") && is_test("src/App.Tests/a.json") && is_test("pebble-test/key.pem"));
        assert!(!is_test("latest/contest.json") && !is_test("test-database.mjs"), "scripts that are run by hand");
        assert!(is_documentation("README.md") && is_documentation("docs/x.json") && !is_documentation("doc.json"));
        assert!(!is_documentation(".claude/agents/a.md") && is_documentation(".claude/skills/a/SKILL.md"));
        assert!(is_documentation("INSTALL") && is_documentation("a/Readme.txt") && !is_documentation("bin/install.sh"));
        assert!(is_example(".env.example") && is_example("examples/a/.mcp.json") && !is_example(".mcp.json"));
        assert!(is_own("~/.claude/settings.json", true) && !is_own("~/src/x/.claude/settings.json", true));
        assert!(
            is_pipeline(".github/workflows/ci.yml") && is_pipeline("a/.gitlab-ci.yml") && !is_pipeline("ci/run.sh")
        );
        assert!(is_user_level("~/.cursor/mcp.json", false) && !is_user_level("~/src/x/.mcp.json", true));
    }
}
