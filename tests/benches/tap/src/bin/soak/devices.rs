//! The devices between the clients and the server.
//!
//! ```text
//! clients ─ kernel's TCP ─ client0 ═ relay ═ relay0 ─ bridge0 ─ server0 ═ bantam
//!                          (═ a TAP device that a program holds, ─ inside of the kernel)
//! ```
//! The relay takes no frames that are still to be cut or lack their checksum, so the kernel cuts what the server hands
//! over in one piece, and computes what it left out, before the relay has it: each frame that is lost is one of the size
//! of the wire, as on a real one.

use std::fs;

use bantam_bench_tap::namespace::{ip, prepare};

/// The relay's device to the clients.
pub(crate) const NEAR: &str = "client0";
/// The relay's device to the server.
pub(crate) const FAR: &str = "relay0";
/// The server's device.
pub(crate) const SERVER: &str = "server0";

/// Makes them, in a namespace that has none.
pub(crate) fn make() -> Result<(), String> {
    prepare("soak")?;
    // The bridge belongs to the clients' kernel as well, which must not answer there for the address of `client0`.
    fs::write("/proc/sys/net/ipv4/conf/all/arp_ignore", "1")
        .map_err(|error| format!("arp_ignore: {error}"))?;
    for name in [NEAR, FAR, SERVER] {
        ip(&format!("tuntap add dev {name} mode tap"))?;
    }
    ip("link add bridge0 type bridge")
        .map_err(|error| format!("{error} (without bridges in this kernel: modprobe bridge)"))?;
    for name in [FAR, SERVER] {
        ip(&format!("link set {name} master bridge0"))?;
    }
    ip(&format!("addr add 10.75.0.1/24 dev {NEAR}"))?;
    [NEAR, FAR, SERVER, "bridge0"].into_iter().try_for_each(|name| ip(&format!("link set {name} up")))
}
