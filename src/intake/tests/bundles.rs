//! What is inside `.mcpb` and `.dxt` files, honest ones and others.

use super::*;
use std::io::Write;
use zip::write::{SimpleFileOptions, ZipWriter};

fn bundle(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("a bundle").into_inner()
}

fn scan(content: &[u8]) -> Scan {
    let tree = Tree::of(&[]);
    tree.write("a.mcpb", content);
    tree.scan(&["."])
}

#[test]
fn text_inside_is_examined_in_its_place() {
    let tree = Tree::of(&[]);
    let content = bundle(&[("manifest.json", b"{}"), ("server/index.js", b"run()"), ("icon.png", b"\x89PNG\0\0")]);
    tree.write("dist-files/a.dxt", content);
    let scan = tree.scan(&["."]);
    check(
        &scan,
        &["dist-files/a.dxt!/manifest.json", "dist-files/a.dxt!/server/index.js"],
        &["dist-files/a.dxt binary 1"],
    );
    let manifest = scan.artifact("dist-files/a.dxt!/manifest.json");
    assert!(manifest.place.ends_with("/dist-files/a.dxt!/manifest.json"), "{}", manifest.place);
    assert_eq!((manifest.source().expect("text").text.as_str(), manifest.meta.mode), ("{}", None));
    assert!(manifest.meta.packed, "nothing in it can be edited");
    assert!(matches!(scan.artifact("dist-files/a.dxt").kind, Kind::Opaque), "its mode is judged");
}

#[test]
fn third_party_packages_inside_are_counted() {
    let scan = scan(&bundle(&[("node_modules/x/a.js", b"a"), ("node_modules/x/b.js", b"b"), ("m.js", b"m")]));
    check(&scan, &["a.mcpb!/m.js"], &["a.mcpb vendored 2"]);
}

#[test]
fn what_is_no_archive_is_a_gap() {
    check(&scan(b"{}"), &[], &["a.mcpb unparsable 1"]);
    check(&scan(b"PK\x05\x06"), &[], &["a.mcpb budget 1"]);
    let mut cut = bundle(&[("a.txt", &[b'a'; 5_000])]);
    cut.drain(10..20);
    check(&scan(&cut), &[], &["a.mcpb unparsable 1"]);
}

#[test]
fn an_entry_that_leads_outside_is_not_believed() {
    // The names are given as they would be in an archive that was made to do harm.
    let content = bundle(&[("../x.txt", b"x"), ("/etc/x.txt", b"x"), ("a\\..\\..\\x.txt", b"x"), ("ok.txt", b"x")]);
    check(&scan(&content), &["a.mcpb!/ok.txt"], &["a.mcpb special 3"]);
}

#[test]
fn a_bomb_ends_at_the_limit() {
    let big = vec![b'a'; 15 * 1024 * 1024];
    let entries: Vec<(String, &[u8])> = (0..6).map(|n| (format!("{n}.txt"), big.as_slice())).collect();
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let content = bundle(&entries);
    assert!(content.len() < 200_000, "it is small");
    let scan = scan(&content);
    assert_eq!(scan.texts().len(), 4, "{:?}", scan.gaps());
    assert_eq!(scan.gaps(), ["a.mcpb budget 1", "a.mcpb!/4.txt too-large 1"]);
}

#[test]
fn a_directory_that_claims_too_much_is_not_read() {
    let mut content = bundle(&[("a.txt", b"a")]);
    let end = content.len() - 22;
    content[end + 10..end + 12].copy_from_slice(&u16::MAX.to_le_bytes());
    let scan = scan(&content);
    check(&scan, &[], &["a.mcpb budget 1"]);
}
