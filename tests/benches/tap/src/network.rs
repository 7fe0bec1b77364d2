//! Devices in the namespace that the runner lives in.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// The TAP device, with this side's address.
pub(crate) const TAP: &str = "tap0";
const TAP_HERE: &str = "10.73.0.1/24";
/// The pair of devices to the second namespace.
const PAIR: &str = "veth0";
const PAIR_HERE: &str = "10.74.0.1/24";

/// Sees to it that this is a namespace of its own: a new one has its loopback alone.
pub(crate) fn prepare() -> Result<(), String> {
    let devices = fs::read_to_string("/proc/net/dev").map_err(|error| format!("/proc/net/dev: {error}"))?;
    if devices.lines().any(|line| line.contains(':') && !line.trim_start().starts_with("lo:")) {
        return Err("there are devices already, and this makes its own; start it by `run`".to_owned());
    }
    // Without neighbour discovery and the like the device is silent but for the load.
    fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").ok();
    ip("link set lo up")
}

/// A new TAP device, which nobody has set options on.
pub(crate) fn make_tap() -> Result<(), String> {
    // There is one from the round before.
    let _ = ip(&format!("link del {TAP}"));
    ip(&format!("tuntap add dev {TAP} mode tap"))?;
    ip(&format!("addr add {TAP_HERE} dev {TAP}"))?;
    ip(&format!("link set {TAP} up"))
}

/// A pair of devices to the namespace of this process, which takes its own up.
pub(crate) fn make_pair(process: u32) -> Result<(), String> {
    let own = fs::read_link("/proc/self/ns/net").map_err(|error| error.to_string())?;
    let there = format!("/proc/{process}/ns/net");
    for _ in 0..500 {
        if fs::read_link(&there).is_ok_and(|other| other != own) {
            let _ = ip(&format!("link del {PAIR}"));
            ip(&format!("link add {PAIR} type veth peer name {PAIR} netns {process}"))?;
            ip(&format!("addr add {PAIR_HERE} dev {PAIR}"))?;
            return ip(&format!("link set {PAIR} up"));
        }
        sleep(Duration::from_millis(10));
    }
    Err("the second namespace was not made within five seconds".to_owned())
}

fn ip(words: &str) -> Result<(), String> {
    let output = Command::new("ip")
        .args(words.split(' '))
        .output()
        .map_err(|error| format!("ip cannot be run, apt install iproute2: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {words}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
