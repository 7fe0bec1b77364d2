//! The device of the raw server and of the library: bantam's own, with checksums and segmentation left to the kernel.

use core::time::Duration;

use bantam_transport_smoltcp::tap::Tap;

/// A TAP device.
pub type Device = Tap;

/// Attaches to the device of this name.
pub fn open(name: &str) -> Device {
    Tap::open(name).unwrap_or_else(|error| panic!("{error}"))
}

/// Waits until a frame has come, but no longer than this.
pub fn wait(device: &Device, longest: Option<Duration>) {
    device.wait(longest, None).unwrap_or_else(|error| panic!("{error}"));
}
