//! Trace context: the caller's `traceparent`, read for handlers and logs and passed on (W3C Trace Context, level 2).
//!
//! ```text
//! traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//!              │  │                                │                └ flags: 01 sampled, 02 random
//!              │  │                                └ parent id: the caller's span
//!              │  └ trace id
//!              └ version
//! ```
//! Nothing is exported here; that is a collector's work, which finds the ids in the access log.

use core::fmt;
use core::num::NonZeroU64;

use crate::handler::Request;

/// Bytes of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// The bit that says that the caller may have recorded the trace.
const SAMPLED: u8 = 1;
/// The bit that says that the trace id's last seven bytes are random (level 2, §3.2.2.5.2).
const RANDOM: u8 = 2;

/// Where a request stands in a trace, as its caller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent<'r> {
    trace: &'r str,
    parent: &'r str,
    flags: u8,
}

impl<'r> TraceParent<'r> {
    /// Reads a `traceparent` value; `None` for one that is to be ignored (§3.2.2): other digits than `0` to `9` and `a`
    /// to `f`, ids of nothing but zeros, version `ff`, and a version 00 with anything behind its flags. What a later
    /// version puts behind the flags and a `-` is left alone (§4.3).
    ///
    /// ```
    /// use bantam_core::middleware::trace::TraceParent;
    /// let parent = TraceParent::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
    /// assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    /// assert!(parent.is_sampled());
    /// ```
    #[must_use]
    pub fn parse(value: &'r [u8]) -> Option<Self> {
        let (known, rest) = value.split_at_checked(LENGTH)?;
        let [v0, v1, b'-', ids @ .., f0, f1] = known else { return None };
        let version = byte(*v0, *v1)?;
        let is_long = matches!(rest, [b'-', ..]) && version != 0;
        if version == 0xff || !(rest.is_empty() || is_long) {
            return None;
        }
        let (trace, ids) = ids.split_at_checked(32)?;
        let [b'-', parent @ .., b'-'] = ids else { return None };
        Some(Self { trace: id(trace)?, parent: id(parent)?, flags: byte(*f0, *f1)? })
    }

    /// The id of the whole trace: 32 hexadecimal digits in lower case.
    #[must_use]
    pub const fn trace_id(&self) -> &'r str {
        self.trace
    }

    /// The id of the caller's span: 16 hexadecimal digits in lower case.
    #[must_use]
    pub const fn parent_id(&self) -> &'r str {
        self.parent
    }

    /// Whether the caller may have recorded its part.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The `traceparent` value for a call that this request makes of others, where `span` is the id of what makes it:
    /// [`Request::span_id`], or one of the application's own. It is of version 00, and has those flags that are known.
    ///
    /// ```
    /// use bantam_core::prelude::*;
    /// # struct Call; impl Call { fn field(&mut self, _: &str, _: impl core::fmt::Display) {} }
    /// # fn call() -> Call { Call }
    /// fn handler(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    ///     let mut call = call();
    ///     if let Some(parent) = request.trace() {
    ///         call.field("traceparent", parent.child(request.span_id()));
    ///         request.trace_states().for_each(|state| call.field("tracestate", state));
    ///     }
    ///     response.no_content()
    /// }
    /// ```
    #[must_use]
    pub const fn child(&self, span: NonZeroU64) -> Child<'r> {
        Child { parent: *self, span }
    }
}

/// A `traceparent` value for an outgoing call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child<'r> {
    parent: TraceParent<'r>,
    span: NonZeroU64,
}

impl fmt::Display for Child<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.parent.flags & (SAMPLED | RANDOM);
        write!(f, "00-{}-{:016x}-{flags:02x}", self.parent.trace, self.span)
    }
}

impl<'r> Request<'r> {
    /// The caller's place in a trace. A value that is malformed is ignored, and so are several of them, as none can be
    /// told to be the right one (§4.2).
    #[must_use]
    pub fn trace(&self) -> Option<TraceParent<'r>> {
        let mut values = self.fields().filter(|(name, _)| name.eq_ignore_ascii_case("traceparent"));
        let (_, value) = values.next()?;
        if values.next().is_some() {
            return None;
        }
        TraceParent::parse(value)
    }

    /// The values of the `tracestate` field lines, in order and as they came, which belong to [`Request::trace`]: none
    /// when that is ignored (§3.3).
    pub fn trace_states(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let is_traced = self.trace().is_some();
        self.field_values("tracestate").filter(move |_| is_traced)
    }

    /// An id for this request as a part of a trace: the same whenever it is asked for, and different for every request.
    #[must_use]
    pub fn span_id(&self) -> NonZeroU64 {
        NonZeroU64::new(self.made_number().1).unwrap_or(NonZeroU64::MIN)
    }
}

/// An id that is all lower-case hexadecimal digits, and not all zeros.
fn id(digits: &[u8]) -> Option<&str> {
    let is_id =
        digits.iter().all(|&digit| nibble(digit).is_some()) && digits.iter().any(|&digit| digit != b'0');
    core::str::from_utf8(digits).ok().filter(|_| is_id)
}

fn byte(high: u8, low: u8) -> Option<u8> {
    Some(nibble(high)? << 4 | nibble(low)?)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit & 15),
        b'a'..=b'f' => Some((digit & 7).saturating_add(9)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
