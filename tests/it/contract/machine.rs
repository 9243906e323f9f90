//! `machine`: the clients' own files of an account, on every system.

use crate::common::{BINARY, Tree, fields, finish, gaps, write};
use mcp_picket::rule::Knowledge;
use std::fs;

const CONFIG: &str =
    r#"{ "mcpServers": { "a": { "command": "/opt/a", "env": { "A_TOKEN": "Zq81-vantage-4471-quill" } } } }"#;

fn home(files: &[(&str, &str)]) -> Tree {
    let tree = Tree::new();
    for (path, content) in files {
        write(&tree.home().join(path), content);
    }
    tree
}

/// The paths with findings about literal secrets, seen from outside the home directory.
fn found(tree: &Tree, os: &str) -> Vec<String> {
    let home = tree.home();
    let args = ["machine", "--os", os, "--select", "secret-in-client-config", "--format", "json", "--home"];
    let run = tree.picket(args.iter().map(|arg| (*arg).into()).chain([home.into_os_string()]));
    fields(&run.json(), "path").into_iter().map(str::to_owned).collect()
}

#[test]
fn each_system_has_its_places() {
    let linux = ".config/Code/User/mcp.json";
    let macos = "Library/Application Support/Claude/claude_desktop_config.json";
    let windows = "AppData/Roaming/Claude/claude_desktop_config.json";
    let servers = CONFIG.replace("mcpServers", "servers");
    let tree = home(&[(linux, &servers), (macos, CONFIG), (windows, CONFIG), (".cursor/mcp.json", CONFIG)]);
    assert_eq!(found(&tree, "linux"), [format!("~/{linux}"), "~/.cursor/mcp.json".to_owned()]);
    assert_eq!(found(&tree, "macos"), ["~/.cursor/mcp.json".to_owned(), format!("~/{macos}")]);
    assert_eq!(found(&tree, "windows"), ["~/.cursor/mcp.json".to_owned(), format!("~/{windows}")]);
}

#[test]
fn only_what_clients_read_is_examined() {
    let tree = home(&[(".cursor/mcp.json", CONFIG), ("src/app/.mcp.json", CONFIG), (".bashrc", "curl x | sh\n")]);
    assert_eq!(found(&tree, "linux"), ["~/.cursor/mcp.json"]);
}

#[test]
#[cfg(unix)]
fn modes_count_even_where_the_files_are_kept_in_a_work_tree() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let tree = home(&[("dotfiles/cursor.json", CONFIG), ("dotfiles/.git/HEAD", "ref: refs/heads/main\n")]);
    fs::create_dir_all(tree.home().join(".cursor")).unwrap();
    symlink("../dotfiles/cursor.json", tree.home().join(".cursor/mcp.json")).unwrap();
    let modes = |mode: u32| {
        fs::set_permissions(tree.home().join("dotfiles/cursor.json"), fs::Permissions::from_mode(mode)).unwrap();
        let run = tree.picket(["machine", "--select", "sensitive-file-mode", "--format", "json"]);
        fields(&run.json(), "path").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(modes(0o644), ["~/.cursor/mcp.json"]);
    assert!(modes(0o600).is_empty());
}

#[test]
#[cfg(unix)]
fn what_is_in_the_way_is_told() {
    use std::os::unix::fs::symlink;
    let tree = home(&[(".gemini/settings.json/x", "")]);
    fs::create_dir_all(tree.home().join(".cursor")).unwrap();
    symlink("nowhere.json", tree.home().join(".cursor/mcp.json")).unwrap();
    fs::create_dir_all(tree.home().join(".codex")).unwrap();
    symlink("config.toml", tree.home().join(".codex/config.toml")).unwrap();
    let report = tree.picket(["machine", "--format", "json"]).exits(0).json();
    assert_eq!(
        gaps(&report),
        ["~/.codex/config.toml unreadable", "~/.cursor/mcp.json symlink", "~/.gemini/settings.json special"]
    );
    tree.picket(["machine", "--strict-gaps"]).exits(1);
    let inventory = tree.picket(["inventory", "--machine", "--format", "json"]).exits(0).json();
    assert_eq!(gaps(&inventory), gaps(&report));
}

#[test]
#[cfg(unix)]
fn a_folder_that_others_can_write_is_told_once() {
    use std::os::unix::fs::PermissionsExt;
    let tree = home(&[(".config/Code/User/mcp.json", CONFIG)]);
    let mode =
        |path: &str, mode| fs::set_permissions(tree.home().join(path), fs::Permissions::from_mode(mode)).unwrap();
    for (path, bits) in [("", 0o755), (".config", 0o777), (".config/Code", 0o777), (".config/Code/User", 0o755)] {
        mode(path, bits);
    }
    let run = tree.picket(["machine", "--select", "world-or-group-writable-path", "--format", "json"]);
    assert_eq!(fields(&run.json(), "path"), ["~/.config"]);
}

#[test]
fn paths_are_named_from_the_home_directory_wherever_it_runs() {
    let tree = home(&[(".cursor/mcp.json", CONFIG)]);
    let mut command = tree.command(BINARY);
    command.current_dir(tree.home()).args(["machine", "--format", "json", "--select", "secrets"]);
    assert_eq!(fields(&finish(command).exits(1).json(), "path"), ["~/.cursor/mcp.json"]);
}

#[test]
fn an_account_without_clients_is_clean_and_a_home_that_is_none_is_not() {
    let tree = Tree::new();
    let run = tree.picket(["machine"]).exits(0);
    assert!(run.stdout.contains("0 files"), "{}", run.stdout);
    tree.picket(["machine", "--home", "nowhere"]).exits(3);
    tree.picket(["machine", "--os", "plan9"]).exits(2);
    let mut homeless = tree.command(BINARY);
    homeless.env_remove("HOME").arg("machine");
    finish(homeless).exits(2);
}

/// A row that names a file which its own globs do not recognise would be read by nobody.
#[test]
fn every_place_of_the_table_is_recognised() {
    let knowledge = Knowledge::embedded().unwrap();
    let clients = &knowledge.clients;
    for client in &clients.clients {
        for file in &client.user_files {
            let place = file.place().replace('*', "x");
            let owners = clients.at(&place);
            assert!(owners.iter().any(|(owner, _)| owner.id == client.id), "{}: {place}", client.id);
        }
    }
}
