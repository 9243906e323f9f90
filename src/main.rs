//! The binary: one panic hook, then the command line.

use std::panic;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic's message may quote what was scanned; its place in this program may not.
    panic::set_hook(Box::new(|info| {
        let place =
            info.location().map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("mcp-picket: internal error at {place}; please report it\n"),
        );
    }));
    panic::catch_unwind(mcp_picket::cli::run).unwrap_or(ExitCode::from(70))
}
