//! Devices in the namespace that the runner lives in.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use bantam_bench_tap::namespace::ip;

/// The TAP device, with this side's address.
pub(crate) const TAP: &str = "tap0";
const TAP_HERE: &str = "10.73.0.1/24";
/// The pair of devices to the second namespace.
const PAIR: &str = "veth0";
const PAIR_HERE: &str = "10.74.0.1/24";

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
