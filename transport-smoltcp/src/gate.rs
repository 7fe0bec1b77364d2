//! Who stands at the gate: a frame is looked at before the stack gets it, because a request for a new connection that
//! finds no listening socket would be refused with a reset, which a client reports as `connection refused`. A segment
//! that is not taken in is sent again after a second, by every client.

use smoltcp::phy::{Device, DeviceCapabilities, PacketMeta, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{IpAddress, IpEndpoint};

use crate::slots::Ends;

/// A frame that has been looked at, for the stack: a device that receives it, and nothing else.
#[derive(Debug)]
pub(crate) struct Single<'f, T> {
    pub(crate) frame: Seen<'f>,
    /// With which the stack may answer it.
    pub(crate) answer: Option<T>,
    pub(crate) capabilities: DeviceCapabilities,
}

impl<T: TxToken> Device for Single<'_, T> {
    type RxToken<'a>
        = Seen<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = T
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Seen<'_>, T)> {
        Some((self.frame, self.answer.take()?))
    }

    fn transmit(&mut self, _: Instant) -> Option<T> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.capabilities.clone()
    }
}

/// For frames that ask for no answer.
#[derive(Debug)]
pub(crate) struct Mute;

impl TxToken for Mute {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        // What is written here goes nowhere; there is room for whatever answers a short frame.
        let mut nowhere = [0; 256];
        write(nowhere.get_mut(..length).unwrap_or_default())
    }
}

/// The bytes of a frame, and what the device says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'f> {
    pub(crate) bytes: &'f [u8],
    pub(crate) meta: PacketMeta,
}

impl RxToken for Seen<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.bytes)
    }

    fn meta(&self) -> PacketMeta {
        self.meta
    }
}

/// Who asks for a new connection to `port` with an Ethernet frame, if anybody. What hides that, such as fragments and
/// extension fields in between, is left to the stack.
pub(crate) fn newcomer(frame: &[u8], port: u16) -> Option<Ends> {
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
