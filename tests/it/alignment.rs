//! The diff by which `benches/known_vulnerable.rs` looks for a finding in the fixed file.

#[path = "../../benches/known_vulnerable/align.rs"]
mod align;

use align::{Alignment, Place};

const OLD: &str = "\
import { exec } from \"child_process\";

export async function list(folder: string) {
  log(folder);
  return exec(`ls ${folder}`);
}

export async function remove(
  folder: string,
) {
  const command = `rm ${folder}`;
  return exec(command);
}

function gone(folder: string) {
  return exec(`stat ${folder}`);
}
";

const NEW: &str = "\
import { exec, execFile } from \"child_process\";

function check(folder: string) {
  if (!/^\\w+$/.test(folder)) throw new Error();
}

export async function remove(
  folder: string,
) {
  check(folder);
  const command = `rm ${folder}`;
  return exec(command);
}

export async function list(folder: string) {
  log(folder);
  const args = [\"--\", folder];
  return execFile(\"ls\", args);
}
";

#[test]
fn an_unchanged_line_is_its_own_place() {
    let alignment = Alignment::of(OLD, NEW);
    assert_eq!(alignment.place(12), Place { start: 12, end: 12, is_same: true });
    assert!(alignment.is_at(12, 12, 3));
    assert!(!alignment.is_at(12, 18, 3), "another function");
    assert_eq!(alignment.describe(12), "unchanged, line 12");
}

#[test]
fn a_function_that_moved_is_still_the_place() {
    let alignment = Alignment::of(OLD, NEW);
    assert!(alignment.is_at(5, 18, 3));
    assert!(!alignment.is_at(5, 12, 3));
}

#[test]
fn a_changed_line_is_at_what_took_its_place() {
    let alignment = Alignment::of("a(\n  x,\n)\nb\n", "a(\n  y,\n  z,\n)\nb\n");
    assert_eq!(alignment.place(2), Place { start: 2, end: 3, is_same: false });
    assert_eq!(alignment.describe(2), "changed, lines 2-3");
    assert!(alignment.is_at(2, 3, 0) && !alignment.is_at(2, 5, 0) && alignment.is_at(2, 5, 3));
}

#[test]
fn a_function_that_is_gone_is_said_to_be() {
    assert_eq!(Alignment::of(OLD, NEW).describe(16), "`gone` is gone");
}

#[test]
fn functions_of_python_are_told_apart_by_indentation() {
    let old = "class A:\n    def one(self, x):\n        run(x)\n\n    def two(self, x):\n        run(x)\n";
    let new = "class A:\n    def one(self, x):\n        safe(x)\n\n    def two(self, x):\n        run(x)\n";
    let alignment = Alignment::of(old, new);
    assert!(!alignment.is_at(3, 6, 3), "`two` is not `one`");
    assert!(alignment.is_at(3, 3, 3) && alignment.is_at(6, 6, 3));
}

#[test]
fn what_a_function_holds_inside_another_is_in_both() {
    let old = "def read(x):\n    run(x)\n";
    let new = "def other(x):\n    pass\n\ndef read(x):\n    def inner():\n        go(x)\n    return inner()\n";
    assert!(Alignment::of(old, new).is_at(2, 6, 0));
}

#[test]
fn texts_without_a_line_in_common_and_empty_ones_align_to_something() {
    for (old, new) in [("", ""), ("a\n", ""), ("", "a\n"), ("a\nb\n", "c\nd\n")] {
        let alignment = Alignment::of(old, new);
        for line in 0..4 {
            let _ = alignment.is_at(line, line, 3);
            assert!(!alignment.describe(line).is_empty());
        }
    }
}
