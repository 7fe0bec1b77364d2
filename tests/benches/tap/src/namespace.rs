//! The network namespace that a program of this bench is started in: its script makes it, and it ends with the program.

use std::fs;
use std::process::Command;

/// Sees to it that this is a namespace of its own: a new one has its loopback alone.
///
/// # Errors
/// There are devices already, or `ip` fails; the text tells what to do.
pub fn prepare(script: &str) -> Result<(), String> {
    let devices = fs::read_to_string("/proc/net/dev").map_err(|error| format!("/proc/net/dev: {error}"))?;
    if devices.lines().any(|line| line.contains(':') && !line.trim_start().starts_with("lo:")) {
        return Err(format!("there are devices already, and this makes its own; start it by `{script}`"));
    }
    // Without neighbour discovery and the like the devices are silent but for the load.
    fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").ok();
    ip("link set lo up")
}

/// Runs `ip` with these words.
///
/// # Errors
/// It is missing, or says why it fails.
pub fn ip(words: &str) -> Result<(), String> {
    let output = Command::new("ip")
        .args(words.split(' '))
        .output()
        .map_err(|error| format!("ip cannot be run, apt install iproute2: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {words}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
