//! Request ids: taken over from the peer when well formed, made here otherwise; in the answer, for handlers, in logs.

use core::fmt;

use super::{Middleware, Next};
use crate::body::sink::Sink;
use crate::bytes::keyed::{Keyed, Purpose};
use crate::handler::Request;
use crate::response::Response;

/// Puts the request's id into the answer as `X-Request-ID`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestIds;

impl<A, S: Sink<A>> Middleware<A, S> for RequestIds {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        response.field("X-Request-ID", request.id().as_str());
        next.run(app, request, response);
    }
}

/// The id of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId<'r> {
    kind: Kind<'r>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<'r> {
    Received(&'r str),
    Made([u8; 32]),
}

impl<'r> Request<'r> {
    /// The request's id: the peer's `X-Request-ID` where it has 1 to 128 letters, digits or `-_.:+/=@`, else 128 bits made
    /// from the server's seed and the request's place on its connection, as hexadecimal digits. It is the same
    /// whenever it is asked for.
    #[must_use]
    pub fn id(&self) -> RequestId<'r> {
        let received = self.field("X-Request-ID").filter(|id| is_acceptable(id.as_bytes()));
        let kind = received.map_or_else(|| Kind::Made(self.made_id()), Kind::Received);
        RequestId { kind }
    }

    /// 128 bits that no other request has, and that tell nothing of the seed they are made of.
    pub(super) fn made_number(&self) -> (u64, u64) {
        let (connection, number) = self.ordinal();
        let made = |purpose| Keyed::new(self.seed(), purpose).with(connection).with(number.into()).finish();
        (made(Purpose::IdHigh), made(Purpose::IdLow))
    }

    fn made_id(&self) -> [u8; 32] {
        let (high, low) = self.made_number();
        let mut text = [0; 32];
        let (digits, _) = text.as_chunks_mut();
        let words = [high, low].into_iter().flat_map(|word| [(word >> 32) as u32, word as u32]);
        digits.iter_mut().zip(words).for_each(|(digits, word)| *digits = hex(word));
        text
    }
}

/// A number in hexadecimal digits, all of them at once: a nibble for each byte of a word.
const fn hex(number: u32) -> [u8; 8] {
    const ONES: u64 = u64::MAX / 0xff;
    let nibbles = number as u64;
    let nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff;
    let nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (nibbles | nibbles << 4) & ONES.wrapping_mul(0xf);
    // One in each byte whose nibble is ten or more. No sum and no product leaves its byte.
    let is_letter = nibbles.wrapping_add(ONES.wrapping_mul(6)) >> 4 & ONES;
    let letters = is_letter.wrapping_mul((b'a' - b'0' - 10) as u64);
    nibbles.wrapping_add(ONES.wrapping_mul(b'0' as u64)).wrapping_add(letters).to_be_bytes()
}

impl RequestId<'_> {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.kind {
            Kind::Received(id) => id,
            Kind::Made(digits) => core::str::from_utf8(digits).unwrap_or_default(),
        }
    }
}

impl fmt::Display for RequestId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_acceptable(id: &[u8]) -> bool {
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@".contains(byte);
    (1..=128).contains(&id.len()) && id.iter().all(alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        let numbers = [0, 1, 9, 10, 15, 16, 0x99aa_ff00, 0x0123_4567, 0x89ab_cdef, u32::MAX];
        for number in numbers.into_iter().chain((0..1_000).map(|step| step * 4_294_967)) {
            assert_eq!(hex(number), *std::format!("{number:08x}").as_bytes(), "{number}");
        }
    }
}
