//! The device as smoltcp sees it.

use core::num::{NonZeroU16, NonZeroUsize};
use std::vec;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::{Errno, read, retry_on_intr, write};
use smoltcp::phy::{self, Checksum as ChecksumBy, Device, DeviceCapabilities, Medium, PacketMeta};
use smoltcp::time::Instant;

use super::header::{self, Checksum, HEADER};
use super::segment::{self, ETHERNET};
use super::{Tap, TapCounters};

/// Damaged frames passed over in one call: a flood of them must not hold the stack.
const DAMAGED_AT_ONCE: usize = 64;

/// Largest frame that the kernel is asked to cut: its IP packet still tells its length in 16 bits.
const LONGEST_UNCUT: Option<NonZeroUsize> = NonZeroUsize::new(ETHERNET + 65_535);

impl Device for Tap {
    type RxToken<'a> = TapReceiveToken<'a>;
    type TxToken<'a> = TapTransmitToken<'a>;

    fn receive(&mut self, _: Instant) -> Option<(TapReceiveToken<'_>, TapTransmitToken<'_>)> {
        let length = self.read_frame()?;
        let (frame, transmit) = self.lend(length);
        Some((TapReceiveToken { frame }, transmit))
    }

    fn transmit(&mut self, _: Instant) -> Option<TapTransmitToken<'_>> {
        Some(self.lend(0).1)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = ETHERNET + self.mtu;
        if self.offload {
            // Received ones are verified by `segment::admit`, where they need it.
            capabilities.checksum.tcp = ChecksumBy::None;
            // Not over IPv6: smoltcp 0.14 drops what exceeds the MTU there without asking the device.
            capabilities.segmentation.tcpv4 = LONGEST_UNCUT;
        }
        capabilities
    }
}

impl Tap {
    /// Reads the next frame that is fit for the stack into the buffer. Its length, or nothing when none is there.
    fn read_frame(&mut self) -> Option<usize> {
        for _ in 0..DAMAGED_AT_ONCE {
            // Nothing there, or the device is gone, which `Tap::wait` tells.
            let filled = retry_on_intr(|| read(&self.file, &mut self.receive[..])).ok()?;
            if self.admits(filled) {
                self.counters.received += 1;
                return filled.checked_sub(self.header_length());
            }
            self.counters.damaged += 1;
        }
        None
    }

    /// The first bytes of the frame received, and a place for one to transmit.
    fn lend(&mut self, length: usize) -> (&[u8], TapTransmitToken<'_>) {
        let start = self.header_length();
        let Self { file, mtu, offload, receive, transmit, counters, .. } = self;
        let frame = receive.get(start..start + length).unwrap_or_default();
        let (file, mtu, offload) = ((*file).as_fd(), *mtu, *offload);
        (frame, TapTransmitToken { file, transmit, mtu, offload, cut: None, counters })
    }

    /// Whether the bytes read are a frame that the stack may have.
    fn admits(&mut self, filled: usize) -> bool {
        if filled == self.receive.len() {
            // Longer than any frame: the rest is lost.
            return false;
        }
        let Some(bytes) = self.receive.get_mut(..filled) else { return false };
        if !self.offload {
            // The stack verifies everything itself.
            return true;
        }
        bytes
            .split_first_chunk_mut::<HEADER>()
            .is_some_and(|(header, frame)| segment::admit(frame, Checksum::read(header)))
    }

    const fn header_length(&self) -> usize {
        if self.offload { HEADER } else { 0 }
    }
}

/// A frame received; it lies in the device's buffer.
pub struct TapReceiveToken<'a> {
    frame: &'a [u8],
}

impl phy::RxToken for TapReceiveToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.frame)
    }
}

/// A place for a frame to transmit, in the device's buffer.
pub struct TapTransmitToken<'a> {
    file: BorrowedFd<'a>,
    transmit: &'a mut [u8],
    mtu: usize,
    offload: bool,
    /// Bytes of TCP content per segment, if the kernel is to cut the frame.
    cut: Option<NonZeroU16>,
    counters: &'a mut TapCounters,
}

impl phy::TxToken for TapTransmitToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, length: usize, f: F) -> R {
        let start = if self.offload { HEADER } else { 0 };
        let Some(frame) = self.transmit.get_mut(start..).and_then(|rest| rest.get_mut(..length)) else {
            // The stack never asks for so much, and whoever does gets a place, but no frame.
            self.counters.unsent += 1;
            return f(&mut vec![0; length]);
        };
        let result = f(frame);
        if self.send(length) {
            self.counters.transmitted += 1;
        } else {
            self.counters.unsent += 1;
        }
        result
    }

    fn set_meta(&mut self, meta: PacketMeta) {
        self.cut = meta.segmentation_offload_size;
    }
}

impl TapTransmitToken<'_> {
    /// Whether the frame of this length in the buffer went out.
    fn send(&mut self, length: usize) -> bool {
        if self.cut.is_none() && length > ETHERNET + self.mtu {
            return false;
        }
        let whole = if self.offload {
            let Some(whole) = self.transmit.get_mut(..HEADER + length) else { return false };
            let Some((place, frame)) = whole.split_first_chunk_mut::<HEADER>() else { return false };
            let Some((checksum, cut)) = segment::delegate(frame, self.cut) else { return false };
            *place = header::write(checksum, cut);
            whole
        } else {
            let Some(whole) = self.transmit.get_mut(..length) else { return false };
            whole
        };
        // A queue that is full (EAGAIN, ENOBUFS) and an interface that is down (EIO) pass: TCP transmits again.
        let written: Result<usize, Errno> = retry_on_intr(|| write(self.file, whole));
        written == Ok(whole.len())
    }
}
