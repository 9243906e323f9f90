//! What an import means: which file, and which value of it.

use super::*;

impl<'p> Project<'p> {
    /// Whether a path begins with a module of the package.
    pub(super) fn is_own_module(&self, file: usize, path: &str) -> bool {
        if path.starts_with("./") || path.starts_with("../") || path.starts_with("@/") {
            return true;
        }
        self.files.get(file).is_some_and(|it| it.language == Language::Python)
            && (path.starts_with('.') || {
                let first = path.split('.').next().unwrap_or_default();
                path.contains('.')
                    && self.files.iter().any(|it| it.place.split('/').any(|part| part == first))
                    && self.module(file, first).is_some()
            })
    }

    /// The value that an import names, if it is one of the package.
    pub(crate) fn import_of(&self, file: usize, module: &str, name: &str) -> Option<At> {
        self.export(self.module(file, module)?, name, 0)
    }

    pub(super) fn submodule(&self, file: usize, module: &str, name: &str) -> Option<usize> {
        if self.files.get(file)?.language != Language::Python || name.is_empty() {
            return None;
        }
        let dots = module.ends_with('.') || module.is_empty();
        self.module(file, &if dots { format!("{module}{name}") } else { format!("{module}.{name}") })
    }

    /// The value that a file exports under a name.
    pub(crate) fn export(&self, file: usize, name: &str, depth: u32) -> Option<At> {
        if depth > MAX_DEPTH {
            return None;
        }
        let graph = self.graph(file);
        let is_python = self.files.get(file)?.language == Language::Python;
        if is_python {
            let value = *graph.globals.get(&graph.named(name)?)?;
            return Some(At { file, node: value });
        }
        let mut stars = Vec::new();
        for (exported, value) in &graph.exports {
            let exported = graph.text(*exported);
            match value {
                Export::Value(node) if exported == name => return Some(At { file, node: *node }),
                Export::From { module, name: from } if exported == name => {
                    let target = self.module(file, graph.text(*module))?;
                    let from = from.map_or(name, |from| graph.text(from));
                    return self.export(target, from, depth + 1);
                }
                Export::From { module, name: None } if exported == "*" => stars.push(*module),
                _ => {}
            }
        }
        let mut found = stars.into_iter().filter_map(|module| self.module(file, graph.text(module)));
        if let Some(value) = found.find_map(|target| self.export(target, name, depth + 8)) {
            return Some(value);
        }
        // `module.exports = { … }`: its entries, and the whole as its default.
        let whole = graph.exports.iter().find_map(|(exported, value)| match value {
            Export::Value(node) if graph.text(*exported) == "default" => Some(*node),
            _ => None,
        })?;
        self.entries(At { file, node: whole }, Some(name)).first().copied()
    }

    /// The file of the package that an import names.
    pub(super) fn module(&self, file: usize, module: &str) -> Option<usize> {
        let here = self.files.get(file)?;
        if here.language == Language::Python { self.python_module(here, module) } else { self.script(here, module) }
    }

    pub(super) fn script(&self, here: &File, module: &str) -> Option<usize> {
        let folder = here.place.rsplit_once('/').map_or("", |(folder, _)| folder);
        let base = if module.starts_with("./") || module.starts_with("../") || module == "." || module == ".." {
            join(folder, module)
        } else if let Some(rest) = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/")) {
            return ["src/", ""].iter().find_map(|root| self.candidates(&format!("{root}{rest}")));
        } else if let Some(rest) = module.strip_prefix("src/") {
            format!("src/{rest}")
        } else if let Some(rest) = module.strip_prefix('#') {
            return ["src/", ""]
                .iter()
                .find_map(|root| self.candidates(&format!("{root}{}", rest.trim_start_matches('/'))));
        } else {
            return None;
        };
        self.candidates(&base)
    }

    pub(super) fn candidates(&self, base: &str) -> Option<usize> {
        let stem = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|end| base.strip_suffix(end));
        let mut names = vec![base.to_owned()];
        for stem in stem.into_iter().chain([base]) {
            for end in [
                ".ts",
                ".tsx",
                ".mts",
                ".cts",
                ".js",
                ".mjs",
                ".cjs",
                ".jsx",
                "/index.ts",
                "/index.tsx",
                "/index.js",
                "/index.mjs",
            ] {
                names.push(format!("{stem}{end}"));
            }
        }
        names.iter().find_map(|name| self.by_place.get(name.as_str()).copied())
    }

    pub(super) fn python_module(&self, here: &File, module: &str) -> Option<usize> {
        let level = module.len() - module.trim_start_matches('.').len();
        let rest = module.trim_start_matches('.').replace('.', "/");
        if level > 0 {
            let mut folder = here.place.as_str();
            for _ in 0..level {
                folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
            let base = if rest.is_empty() { folder.to_owned() } else { join(folder, &format!("./{rest}")) };
            let init = if base.is_empty() { "__init__.py".to_owned() } else { format!("{base}/__init__.py") };
            return [format!("{base}.py"), init].iter().find_map(|name| self.by_place.get(name.as_str()).copied());
        }
        let stem = rest.rsplit('/').next().unwrap_or_default();
        let fits = |place: &str| {
            [format!("{rest}.py"), format!("{rest}/__init__.py")]
                .iter()
                .any(|end| place == end || place.strip_suffix(end.as_str()).is_some_and(|before| before.ends_with('/')))
        };
        let all = self.by_stem.get(stem)?;
        // The one that is nearest: of several packages of the same name, that of the importing file.
        let common = |place: &str| place.bytes().zip(here.place.bytes()).take_while(|(a, b)| a == b).count();
        all.iter()
            .copied()
            .filter(|at| self.files.get(*at).is_some_and(|file| fits(&file.place)))
            .max_by_key(|at| self.files.get(*at).map(|file| (common(&file.place), std::cmp::Reverse(file.place.len()))))
    }
}

/// A module as paths call it.
pub(super) fn path_of(module: &str) -> String {
    module.strip_prefix("node:").unwrap_or(module).to_owned()
}

/// A path below a folder, `.` and `..` worked out.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
