//! Writes the list of rule pages and knowledge tables that are compiled in. Nothing else is generated.
//!
//! `include_dir` and friends do not notice a new file; `rerun-if-changed` on every folder does.
#![allow(clippy::disallowed_methods, reason = "runs at build time")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("rules");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut code = String::new();
    for (name, extension) in [("PAGES", "md"), ("KNOWLEDGE", "toml")] {
        let chosen: Vec<_> = files.iter().filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
        let _ = writeln!(code, "pub(super) static {name}: [(&str, &str); {}] = [", chosen.len());
        for path in chosen {
            let relative = path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/");
            let _ = writeln!(code, "    ({relative:?}, include_str!({:?})),", path.to_string_lossy());
        }
        let _ = writeln!(code, "];");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("pages.rs");
    fs::write(out, code)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
