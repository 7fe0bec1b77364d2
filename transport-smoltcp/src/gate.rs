//! What becomes of a newcomer while no socket listens. The stack would refuse it with a reset, which a client reports as
//! `connection refused`; a segment that is not taken in is sent again after a second, by every client.

use smoltcp::phy::{Device, DeviceCapabilities, PacketMeta, RxToken};
use smoltcp::time::Instant;

/// A device that can overlook requests for new connections.
#[derive(Debug)]
pub(crate) struct Gate<'d, D> {
    pub(crate) device: &'d mut D,
    /// Of which port, if any at present.
    pub(crate) closed: Option<u16>,
}

impl<D: Device> Device for Gate<'_, D> {
    type RxToken<'a>
        = Token<D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let (received, answer) = self.device.receive(now)?;
        Some((Token { received, closed: self.closed }, answer))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

#[derive(Debug)]
pub(crate) struct Token<T> {
    received: T,
    closed: Option<u16>,
}

impl<T: RxToken> RxToken for Token<T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let closed = self.closed;
        // An empty frame is what the stack knows for nothing.
        self.received.consume(|frame| match closed {
            Some(port) if opens_connection(frame, port) => read(&[]),
            _ => read(frame),
        })
    }

    fn meta(&self) -> PacketMeta {
        self.received.meta()
    }
}

/// Whether an Ethernet frame asks for a new connection to `port`. What hides that, such as fragments and extension
/// fields in between, is left to the stack.
fn opens_connection(frame: &[u8], port: u16) -> bool {
    let segment = match frame.get(12..14) {
        Some([0x08, 0x00]) => match frame.get(14) {
            Some(first) if first >> 4 == 4 && frame.get(23) == Some(&TCP) => {
                frame.get(14 + usize::from(first & 15) * 4..)
            }
            _ => None,
        },
        Some([0x86, 0xdd]) if frame.get(20) == Some(&TCP) => frame.get(54..),
        _ => None,
    };
    let Some(&[_, _, high, low, _, _, _, _, _, _, _, _, _, flags, ..]) = segment else { return false };
    u16::from_be_bytes([high, low]) == port && flags & (SYN | ACK | RST) == SYN
}

const TCP: u8 = 6;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

#[cfg(test)]
mod tests;
