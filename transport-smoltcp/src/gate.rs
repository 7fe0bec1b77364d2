//! Which newcomers are let in. While no socket listens, the stack would refuse them with a reset, which a client reports
//! as `connection refused`; a segment that is not taken in is sent again after a second, by every client.
//!
//! And a segment that asks for a connection which is there already, because the network has held a copy of it back, must
//! not get to another socket that listens: the stack gives what follows to the first socket that answers to the name.

use smoltcp::phy::{Device, DeviceCapabilities, PacketMeta, RxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{IpAddress, IpEndpoint};

use crate::slots::{Ends, Slot};

/// A device that can overlook requests for new connections.
#[derive(Debug)]
pub(crate) struct Gate<'d, D> {
    pub(crate) device: &'d mut D,
    /// The port that connections are asked for on.
    pub(crate) port: u16,
    /// The connections that are there.
    pub(crate) slots: &'d [Slot],
    /// Whether others are let in.
    pub(crate) is_open: bool,
}

impl<D: Device> Device for Gate<'_, D> {
    type RxToken<'a>
        = Token<'a, D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let (received, answer) = self.device.receive(now)?;
        Some((Token { received, port: self.port, slots: self.slots, is_open: self.is_open }, answer))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

#[derive(Debug)]
pub(crate) struct Token<'s, T> {
    received: T,
    port: u16,
    slots: &'s [Slot],
    is_open: bool,
}

impl<T: RxToken> RxToken for Token<'_, T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let Self { received, port, slots, is_open } = self;
        // An empty frame is what the stack knows for nothing.
        received.consume(|frame| match newcomer(frame, port) {
            Some(ends) if !is_open || slots.iter().any(|slot| slot.ends == Some(ends)) => read(&[]),
            _ => read(frame),
        })
    }

    fn meta(&self) -> PacketMeta {
        self.received.meta()
    }
}

/// Who asks for a new connection to `port` with an Ethernet frame, if anybody. What hides that, such as fragments and
/// extension fields in between, is left to the stack.
fn newcomer(frame: &[u8], port: u16) -> Option<Ends> {
    let (peer, own, segment) = match frame.get(12..14)? {
        [0x08, 0x00] => {
            let first = *frame.get(14)?;
            if first >> 4 != 4 || frame.get(23) != Some(&TCP) {
                return None;
            }
            let segment = frame.get(14 + usize::from(first & 15) * 4..)?;
            (ipv4(frame.get(26..30)?)?, ipv4(frame.get(30..34)?)?, segment)
        }
        #[cfg(feature = "ipv6")]
        [0x86, 0xdd] if frame.get(20) == Some(&TCP) => {
            (ipv6(frame.get(22..38)?)?, ipv6(frame.get(38..54)?)?, frame.get(54..)?)
        }
        _ => return None,
    };
    let &[from_high, from_low, high, low, _, _, _, _, _, _, _, _, _, flags, ..] = segment else {
        return None;
    };
    let opens = u16::from_be_bytes([high, low]) == port && flags & (SYN | ACK | RST) == SYN;
    let peer = IpEndpoint::new(peer, u16::from_be_bytes([from_high, from_low]));
    opens.then_some(Ends { peer, own })
}

fn ipv4(address: &[u8]) -> Option<IpAddress> {
    let address: [u8; 4] = address.try_into().ok()?;
    Some(IpAddress::Ipv4(address.into()))
}

#[cfg(feature = "ipv6")]
fn ipv6(address: &[u8]) -> Option<IpAddress> {
    let address: [u8; 16] = address.try_into().ok()?;
    Some(IpAddress::Ipv6(address.into()))
}

const TCP: u8 = 6;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

#[cfg(test)]
mod tests;
