//! What the kernel offers only as `ioctl`: the one file of this crate with `unsafe`, behind safe functions.
//!
//! An `ioctl` reads or writes memory whose size only the number of the request tells, which no type can check. Every
//! request here hands over an object that is at least as large as the kernel's, and none keeps a pointer to it.
#![allow(unsafe_code)]

use core::ffi::{c_int, c_uint};

use rustix::fd::AsFd;
use rustix::io::Result;
use rustix::ioctl::{Getter, IntegerSetter, Opcode, Setter, Updater, ioctl, opcode};

const TUNSETIFF: Opcode = opcode::write::<c_int>(b'T', 202);
const TUNGETFEATURES: Opcode = opcode::read::<c_uint>(b'T', 207);
const TUNSETOFFLOAD: Opcode = opcode::write::<c_uint>(b'T', 208);
const TUNSETVNETHDRSZ: Opcode = opcode::write::<c_int>(b'T', 216);
const TUNSETVNETLE: Opcode = opcode::write::<c_int>(b'T', 220);
const SIOCGIFFLAGS: Opcode = 0x8913;
const SIOCSIFFLAGS: Opcode = 0x8914;
const SIOCGIFMTU: Opcode = 0x8921;
const SIOCGIFHWADDR: Opcode = 0x8927;

/// Frames of Ethernet rather than of IP.
pub(super) const IFF_TAP: u16 = 0x0002;
/// No four bytes of flags and protocol before each frame.
pub(super) const IFF_NO_PI: u16 = 0x1000;
/// A virtio-net header before each frame.
pub(super) const IFF_VNET_HDR: u16 = 0x4000;
const IFF_UP: u16 = 0x0001;

/// We take frames whose checksum is still to be computed.
pub(super) const TUN_F_CSUM: usize = 0x01;
/// We take TCP segments over IPv4 that are still to be cut.
pub(super) const TUN_F_TSO4: usize = 0x02;
/// We take TCP segments over IPv6 that are still to be cut.
pub(super) const TUN_F_TSO6: usize = 0x04;

/// Longest name of an interface; the kernel keeps a zero byte behind it.
pub(super) const LONGEST_NAME: usize = 15;

/// `struct ifreq`: a name, and from byte 16 whatever the request is about. 40 bytes on 64-bit systems, 32 on others,
/// which then leave the last 8 alone.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct InterfaceRequest([u8; 40]);

impl InterfaceRequest {
    /// About the interface of this name, which must have been found valid.
    fn new(name: &str) -> Self {
        let mut bytes = [0; 40];
        for (to, from) in bytes.iter_mut().take(LONGEST_NAME).zip(name.bytes()) {
            *to = from;
        }
        Self(bytes)
    }

    fn value<const LENGTH: usize>(&self, at: usize) -> [u8; LENGTH] {
        core::array::from_fn(|index| self.0[16 + at + index])
    }

    fn flags(&self) -> u16 {
        u16::from_ne_bytes(self.value(0))
    }

    fn set_flags(&mut self, flags: u16) {
        self.0[16..18].copy_from_slice(&flags.to_ne_bytes());
    }
}

/// Makes the file the other end of the interface `name`, which comes into being unless it exists.
pub(super) fn attach(tun: impl AsFd, name: &str, flags: u16) -> Result<()> {
    let mut request = InterfaceRequest::new(name);
    request.set_flags(flags);
    // SAFETY: TUNSETIFF copies one `struct ifreq` in and out, which `InterfaceRequest` is large enough for, and any
    // bytes are a valid value of it.
    unsafe { ioctl(tun, Updater::<TUNSETIFF, _>::new(&mut request)) }
}

/// The `IFF_` flags that this kernel's tun module knows.
pub(super) fn features(tun: impl AsFd) -> Result<c_uint> {
    // SAFETY: TUNGETFEATURES writes one `unsigned int`.
    unsafe { ioctl(tun, Getter::<TUNGETFEATURES, c_uint>::new()) }
}

/// Tells the kernel what it may leave to us in the frames that it hands over: `TUN_F_` flags.
pub(super) fn set_offload(tun: impl AsFd, offload: usize) -> Result<()> {
    // SAFETY: TUNSETOFFLOAD takes a number in place of a pointer; unknown flags are refused.
    unsafe { ioctl(tun, IntegerSetter::<TUNSETOFFLOAD>::new_usize(offload)) }
}

/// Sets the length of the virtio-net header, in bytes.
pub(super) fn set_header_length(tun: impl AsFd, length: c_int) -> Result<()> {
    // SAFETY: TUNSETVNETHDRSZ reads one `int`.
    unsafe { ioctl(tun, Setter::<TUNSETVNETHDRSZ, c_int>::new(length)) }
}

/// Sets whether the fields of the virtio-net header are little-endian on every machine, or of the machine's own order.
pub(super) fn set_little_endian(tun: impl AsFd, always: bool) -> Result<()> {
    // SAFETY: TUNSETVNETLE reads one `int`.
    unsafe { ioctl(tun, Setter::<TUNSETVNETLE, c_int>::new(c_int::from(always))) }
}

/// Largest IP packet of the interface, in bytes.
pub(super) fn mtu(socket: impl AsFd, name: &str) -> Result<usize> {
    let mut request = InterfaceRequest::new(name);
    // SAFETY: SIOCGIFMTU copies one `struct ifreq` in and out, as above.
    unsafe { ioctl(socket, Updater::<SIOCGIFMTU, _>::new(&mut request)) }?;
    Ok(usize::try_from(c_int::from_ne_bytes(request.value(0))).unwrap_or(0))
}

/// The hardware address of the kernel's side of the interface.
pub(super) fn hardware_address(socket: impl AsFd, name: &str) -> Result<[u8; 6]> {
    let mut request = InterfaceRequest::new(name);
    // SAFETY: SIOCGIFHWADDR copies one `struct ifreq` in and out, as above.
    unsafe { ioctl(socket, Updater::<SIOCGIFHWADDR, _>::new(&mut request)) }?;
    // Behind the two bytes of the address family.
    Ok(request.value(2))
}

/// Whether the interface is up.
pub(super) fn is_up(socket: impl AsFd, name: &str) -> Result<bool> {
    Ok(flags(socket, name)?.flags() & IFF_UP != 0)
}

/// Sets the interface up, its other flags as they are.
pub(super) fn set_up(socket: impl AsFd, name: &str) -> Result<()> {
    let mut request = flags(&socket, name)?;
    request.set_flags(request.flags() | IFF_UP);
    // SAFETY: SIOCSIFFLAGS reads one `struct ifreq`, as above.
    unsafe { ioctl(socket, Setter::<SIOCSIFFLAGS, _>::new(request)) }
}

fn flags(socket: impl AsFd, name: &str) -> Result<InterfaceRequest> {
    let mut request = InterfaceRequest::new(name);
    // SAFETY: SIOCGIFFLAGS copies one `struct ifreq` in and out, as above.
    unsafe { ioctl(socket, Updater::<SIOCGIFFLAGS, _>::new(&mut request)) }?;
    Ok(request)
}
