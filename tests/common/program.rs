//! The program as it is installed: how every test and measurement from outside starts it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// The program, without settings from the surroundings.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookgate"));
    command.env_clear().current_dir(std::env::temp_dir());
    // Machines that only run tests may have little room.
    command.envs([
        ("HOOKGATE_DISK_MIN_FREE", "4 MiB"),
        ("HOOKGATE_DISK_WARN_FREE", "4 MiB"),
        ("HOOKGATE_DISK_BALLAST", "0"),
    ]);
    command
}

/// A server of a data folder, on a free port of this machine alone.
pub fn serve(data: &Path) -> Command {
    let mut command = command();
    command
        .args(["serve", "--listen-address", "127.0.0.1:0", "--data"])
        .arg(data);
    command
}

/// Scheme and address, if the line is one by which a server says where it listens.
pub fn listener(line: &str) -> Option<(&str, SocketAddr)> {
    let url = line.strip_prefix("  listens on   ")?.split(' ').next()?;
    let (scheme, address) = url.split_once("://")?;
    Some((scheme, address.parse().expect("a server listens on an address")))
}
