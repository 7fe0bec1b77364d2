//! A TAP device on Linux: frames of Ethernet through `/dev/net/tun`, with checksums and segmentation left to the kernel.
//!
//! ```no_run
//! # fn main() -> Result<(), bantam_transport_smoltcp::tap::TapError> {
//! use bantam_transport_smoltcp::tap::Tap;
//! use smoltcp::iface::{Config, Interface};
//! use smoltcp::{time::Instant, wire::EthernetAddress};
//!
//! let mut tap = Tap::open("tap0")?;
//! tap.up()?;
//! let config = Config::new(EthernetAddress(tap.hardware_address()).into());
//! let interface = Interface::new(config, &mut tap, Instant::now());
//! # Ok(())
//! # }
//! ```
//!
//! # What is left to the kernel
//! To transmit, smoltcp leaves the checksum of every TCP segment uncomputed, and over IPv4 hands over up to 64 KiB of
//! content in one frame, which the kernel cuts only if it leaves the machine. smoltcp 0.14 drops such frames over IPv6,
//! so that there it makes segments of one MTU; where only this machine is behind the device, `ip link set NAME mtu 65521`
//! before it is opened makes them as long. In the other direction the kernel hands over up to 64 KiB in one frame,
//! by IPv4 and IPv6, and says of each frame whether its checksum was verified. Where it does not say so the device
//! verifies it, and drops what is wrong. A kernel without these offers gets plain frames.
//!
//! # What a frame costs
//! One `read` or one `write`, no copy beside the kernel's own and no allocation: two buffers of 64 KiB are made when the
//! device is opened. The stack learns that no further frame is there by a `read` that says so. A request whose answer
//! fits into one frame costs `ppoll`, `read`, `read` (nothing there) and `write`; frames that arrive together share the
//! first and the third.
//!
//! # What is the administrator's
//! Addresses of the kernel's side, routes, bridges and the MTU. The MTU is read once, when the device is opened. A device
//! that this program made goes with it; one made by `ip tuntap add` stays.

use core::fmt;
use core::time::Duration;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::os::unix::net::UnixDatagram;
use std::string::String;
use std::vec;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

mod address;
mod device;
mod error;
mod header;
mod ioctl;
mod segment;
mod server;
mod shutdown;
mod wait;

pub use device::{TapReceiveToken, TapTransmitToken};
pub use error::TapError;
pub use server::{TapServer, TapServerError, TapSizes};
pub use shutdown::TapShutdown;
pub use wait::TapReady;

/// The largest frame: 65,535 bytes behind the headers of IPv6 and of Ethernet with a VLAN tag.
const LONGEST_FRAME: usize = 65_535 + 40 + segment::ETHERNET + 4;

/// How a [`Tap`] is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapConfig {
    /// Whether checksums and segmentation are left to the kernel where it can. Without it frames are as on a wire.
    pub offload: bool,
    /// The hardware address of our side; `None` derives one from the machine and the name of the interface.
    pub hardware_address: Option<[u8; 6]>,
}

impl Default for TapConfig {
    fn default() -> Self {
        Self { offload: true, hardware_address: None }
    }
}

/// What a [`Tap`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TapCounters {
    /// Frames received and handed to the stack.
    pub received: u64,
    /// Frames received and dropped: a wrong TCP checksum, a part of a TCP segment, longer than any frame.
    pub damaged: u64,
    /// Frames transmitted.
    pub transmitted: u64,
    /// Frames to transmit that were dropped: the interface is down, its queue full, or the frame larger than its MTU.
    /// TCP transmits them again.
    pub unsent: u64,
}

/// A TAP device, a [`smoltcp::phy::Device`].
pub struct Tap {
    file: OwnedFd,
    name: String,
    hardware_address: [u8; 6],
    mtu: usize,
    /// Whether a virtio-net header stands before each frame, and checksums and segmentation are left to the kernel.
    offload: bool,
    /// One byte longer than any frame, so that one that was cut off is told from one that fits.
    receive: Box<[u8]>,
    transmit: Box<[u8]>,
    counters: TapCounters,
}

impl Tap {
    /// Opens the TAP device of this name, and makes it unless it exists.
    ///
    /// # Errors
    /// A [`TapError`], which tells what to do.
    pub fn open(name: &str) -> Result<Self, TapError> {
        Self::open_with(name, TapConfig::default())
    }

    /// Opens the TAP device of this name in the way that `config` says, and makes it unless it exists.
    ///
    /// # Errors
    /// A [`TapError`], which tells what to do.
    pub fn open_with(name: &str, config: TapConfig) -> Result<Self, TapError> {
        if !is_valid(name) {
            return Err(TapError::Name { name: name.to_owned() });
        }
        let file = open_tun(name)?;
        let system = |attempt| move |errno| TapError::from_errno(name, attempt, errno);
        let knows_header =
            ioctl::features(&file).is_ok_and(|features| features & u32::from(ioctl::IFF_VNET_HDR) != 0);
        let offload = config.offload && knows_header;
        let flags = ioctl::IFF_TAP | ioctl::IFF_NO_PI | if offload { ioctl::IFF_VNET_HDR } else { 0 };
        ioctl::attach(&file, name, flags).map_err(|errno| TapError::from_attach(name, errno))?;
        // A device that was there before keeps what its last user agreed on.
        if offload {
            ioctl::set_header_length(&file, HEADER_LENGTH).map_err(system("setting its header"))?;
            // Refused by kernels that know one order only, which is the right one.
            let _ = ioctl::set_little_endian(&file, cfg!(target_endian = "little"));
        }
        agree_on_offload(&file, offload);

        let socket = control_socket(name)?;
        let mtu = ioctl::mtu(&socket, name).map_err(system("reading its MTU"))?;
        let other = ioctl::hardware_address(&socket, name).map_err(system("reading its address"))?;
        Ok(Self {
            file,
            name: name.to_owned(),
            hardware_address: config.hardware_address.unwrap_or_else(|| address::derive(name, other)),
            mtu,
            offload,
            receive: vec![0; header::HEADER + LONGEST_FRAME + 1].into_boxed_slice(),
            transmit: vec![0; header::HEADER + LONGEST_FRAME].into_boxed_slice(),
            counters: TapCounters::default(),
        })
    }

    /// Sets the interface up, if it is not and if we may. Tells whether it is up now. Without the right to it the
    /// administrator does it, before or after: `ip link set NAME up`.
    ///
    /// # Errors
    /// [`TapError::Gone`] or [`TapError::System`].
    pub fn up(&self) -> Result<bool, TapError> {
        let failed = |errno| TapError::from_errno(&self.name, "setting it up", errno);
        let socket = control_socket(&self.name)?;
        if ioctl::is_up(&socket, &self.name).map_err(failed)? {
            return Ok(true);
        }
        match ioctl::set_up(&socket, &self.name) {
            Ok(()) => Ok(true),
            Err(Errno::PERM | Errno::ACCESS) => Ok(false),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Sleeps until a frame can be received, until `wake` can be read, or until the time has passed; `None` sleeps for
    /// ever. The time is told to the nanosecond; Linux by default sleeps up to 50 microseconds more. A signal ends the
    /// sleep as well.
    ///
    /// # Errors
    /// [`TapError::Gone`] when the interface was removed: it does not come back. [`TapError::System`] as `ppoll` fails.
    pub fn wait(&self, until: Option<Duration>, wake: Option<BorrowedFd<'_>>) -> Result<TapReady, TapError> {
        wait::wait(self.file.as_fd(), until, wake)
            .map_err(|errno| TapError::from_errno(&self.name, "waiting for frames", errno))
    }

    /// The name of the interface.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hardware address of our side, for smoltcp's `Config`; the kernel's side has another.
    #[must_use]
    pub const fn hardware_address(&self) -> [u8; 6] {
        self.hardware_address
    }

    /// Largest IP packet, in bytes, as it was when the device was opened.
    #[must_use]
    pub const fn mtu(&self) -> usize {
        self.mtu
    }

    /// Whether checksums and segmentation are left to the kernel.
    #[must_use]
    pub const fn offload(&self) -> bool {
        self.offload
    }

    /// What the device has done so far.
    #[must_use]
    pub const fn counters(&self) -> TapCounters {
        self.counters
    }
}

impl fmt::Debug for Tap {
    /// Without the buffers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("name", &self.name)
            .field("hardware_address", &self.hardware_address)
            .field("mtu", &self.mtu)
            .field("offload", &self.offload)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for Tap {
    /// Leaves a device that stays as plain as it was: its next user may not ask.
    fn drop(&mut self) {
        let _ = ioctl::set_offload(&self.file, 0);
    }
}

/// [`header::HEADER`] as the kernel is told it.
const HEADER_LENGTH: core::ffi::c_int = header::HEADER as core::ffi::c_int;

/// Whether an interface can have this name. `%` is refused because the kernel would put a number in its place.
fn is_valid(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= ioctl::LONGEST_NAME
        && name != "."
        && name != ".."
        && !name.chars().any(|c| matches!(c, '/' | ':' | '%') || c.is_whitespace() || c.is_control())
}

fn open_tun(name: &str) -> Result<OwnedFd, TapError> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::open("/dev/net/tun", flags, Mode::empty()).map_err(|errno| TapError::from_open(name, errno))
}

/// Some socket, which the kernel wants for questions about interfaces; of a kind that needs no address.
fn control_socket(name: &str) -> Result<UnixDatagram, TapError> {
    UnixDatagram::unbound().map_err(|error| TapError::System {
        name: name.to_owned(),
        attempt: "asking for the interface",
        error,
    })
}

/// Tells the kernel as much as it understands of what it may leave to us. Whatever it refuses it does itself.
fn agree_on_offload(file: &OwnedFd, offload: bool) {
    let all = ioctl::TUN_F_CSUM | ioctl::TUN_F_TSO4 | ioctl::TUN_F_TSO6;
    let offers: &[usize] = if offload { &[all, ioctl::TUN_F_CSUM, 0] } else { &[0] };
    let _ = offers.iter().any(|&offer| ioctl::set_offload(file, offer).is_ok());
}

#[cfg(test)]
mod tests;
