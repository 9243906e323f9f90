//! What a tool says of itself, beside what its name and its code say.

use super::Hit;
use super::body::{Running, last_name};
use super::names::words;
use crate::deployment::tools::Handler;
use crate::matcher::Subject;

/// Verbs of names that change something.
const CHANGES: &[&str] = &[
    "delete",
    "drop",
    "remove",
    "write",
    "send",
    "create",
    "update",
    "insert",
    "upload",
    "publish",
    "overwrite",
    "destroy",
    "purge",
    "truncate",
    "terminate",
    "uninstall",
    "install",
    "rename",
    "move",
    "kill",
    "transfer",
    "deploy",
    "add",
    "edit",
    "append",
    "save",
    "merge",
    "push",
    "commit",
    "cancel",
    "revoke",
    "archive",
];

/// Verbs that leave nothing behind.
const DESTROYS: &[&str] = &["delete", "drop", "destroy", "purge", "truncate", "terminate", "wipe", "erase", "kill"];

/// Verbs that only look, in front of any other.
const LOOKS: &[&str] = &[
    "get",
    "list",
    "search",
    "read",
    "check",
    "describe",
    "show",
    "find",
    "fetch",
    "count",
    "preview",
    "validate",
    "plan",
    "simulate",
    "is",
    "has",
    "can",
    "estimate",
    "analyze",
    "analyse",
    "generate",
    "explain",
    "suggest",
    "recommend",
    "view",
    "query",
    "lookup",
    "diff",
    "compare",
    "download",
    "monitor",
    "inspect",
    "test",
    "verify",
    "compute",
    "calculate",
    "resolve",
    "wait",
    "draft",
    "prepare",
    "render",
    "format",
    "how",
];

/// Calls that change files, by their path.
const WRITES: &[&str] = &[
    "os.remove",
    "os.unlink",
    "os.rmdir",
    "os.removedirs",
    "os.rename",
    "os.replace",
    "shutil.rmtree",
    "shutil.move",
    "fs.writeFile",
    "fs.writeFileSync",
    "fs.appendFile",
    "fs.appendFileSync",
    "fs.unlink",
    "fs.unlinkSync",
    "fs.rm",
    "fs.rmSync",
    "fs.rename",
    "fs.renameSync",
    "fs.promises.writeFile",
    "fs.promises.appendFile",
    "fs.promises.unlink",
    "fs.promises.rm",
    "fs.promises.rename",
    "fs/promises.writeFile",
    "fs/promises.appendFile",
    "fs/promises.unlink",
    "fs/promises.rm",
    "fs/promises.rename",
    "os.WriteFile",
    "os.Remove",
    "os.RemoveAll",
    "os.Rename",
];

/// Calls that change what another server holds.
const MUTATIONS: &[&str] = &[
    "requests.delete",
    "requests.put",
    "requests.patch",
    "httpx.delete",
    "httpx.put",
    "httpx.patch",
    "axios.delete",
    "axios.put",
    "axios.patch",
    "httpx.AsyncClient().delete",
    "httpx.AsyncClient().put",
    "httpx.AsyncClient().patch",
    "httpx.Client().delete",
    "httpx.Client().put",
    "httpx.Client().patch",
    "requests.Session().delete",
    "requests.Session().put",
    "requests.Session().patch",
];

pub(super) fn misleading(subject: &Subject<'_>, tools: &[&Handler], out: &mut Vec<Hit>) {
    for tool in tools {
        let read_only = tool.hint("readOnlyHint").filter(|hint| hint.value);
        if let Some(hint) = read_only {
            let by_name =
                verb(tool, CHANGES).map(|verb| format!("says that it only reads, and its name says `{verb}`"));
            let running = || Running::of(subject.code(), tool);
            let what = by_name.or_else(|| {
                running()
                    .and_then(|it| change(&it))
                    .map(|call| format!("says that it only reads, and its code calls `{call}`"))
            });
            out.extend(what.map(|what| Hit::of(tool, hint.span, "", what)));
            continue;
        }
        let Some(hint) = tool.hint("destructiveHint").filter(|hint| !hint.value) else { continue };
        if let Some(verb) = verb(tool, DESTROYS) {
            let what = format!("says that it destroys nothing, and its name says `{verb}`");
            out.push(Hit::of(tool, hint.span, "", what));
        }
    }
}

/// The verb of a tool's name, if it is one of these: the first word, or the second behind the name of a service.
fn verb(tool: &Handler, verbs: &[&str]) -> Option<String> {
    let words = words(tool.name());
    let says_dry = tool.description.as_ref().is_some_and(|it| {
        let text = it.text.to_ascii_lowercase();
        [
            "dry run",
            "dry-run",
            "dryrun",
            "preview",
            "simulat",
            "without actually",
            "does not actually",
            "guide",
            "instructions",
        ]
        .iter()
        .any(|word| text.contains(word))
    });
    if says_dry || words.iter().any(|word| LOOKS.contains(&word.as_str())) {
        return None;
    }
    words.into_iter().take(2).find(|word| verbs.contains(&word.as_str()))
}

/// A call that changes files or what another server holds.
fn change(running: &Running<'_, '_>) -> Option<String> {
    let found = running.calls().find(|call| {
        let path = call.path.as_str();
        let args = running.code.args(call.expr);
        let constant = |at: usize, name: &str| {
            let arg =
                args.iter().find(|arg| arg.name == Some(name)).or_else(|| args.get(at).filter(|it| it.name.is_none()));
            arg.and_then(|arg| running.code.module.constant(arg.value))
        };
        if path == "open" || path == "builtins.open" {
            return constant(1, "mode").is_some_and(|mode| mode.starts_with(['w', 'a', 'x']));
        }
        let is_path_write = path.starts_with("pathlib.Path()")
            && matches!(last_name(path), "write_text" | "write_bytes" | "unlink" | "rmdir" | "rename");
        is_path_write
            || WRITES.contains(&path)
            || MUTATIONS.contains(&path)
            || is_mutating_fetch(running, call.expr, path)
    })?;
    Some(found.path.clone())
}

/// `fetch(url, { method: "DELETE" })`.
fn is_mutating_fetch(running: &Running<'_, '_>, call: crate::lower::ExprId, path: &str) -> bool {
    let module = &running.code.module;
    let method = || {
        let options = running.code.args(call).get(1)?.value;
        module.constant(module.member(options, "method")?)
    };
    path == "fetch" && method().is_some_and(|method| matches!(method.as_ref(), "DELETE" | "PUT" | "PATCH"))
}
