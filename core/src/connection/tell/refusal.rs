//! What is told of a refusal while a head is read: which byte or line is at fault.

use super::super::examine::is_continue;
use super::super::state::Phase;
use super::super::{Cause, ExamineError, Lent};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::explain::{Fact, Refusal};
use crate::framing::FramingError;
use crate::parse::field_line::{FieldLineError, Known};
use crate::parse::head::HeadError;
use crate::parse::host;

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// The request is refused, and nothing behind it is interpreted.
    #[cold]
    pub(in crate::connection) fn tell_refusal(&mut self, cause: Cause) {
        if self.connection.phase != Phase::ReceiveHead {
            return self.tell_body_refusal(cause, true);
        }
        let end = self.tell_head();
        let at = match cause {
            Cause::Head(error) => error.at().map(|at| at.saturating_add(self.buffers.exchange.start)),
            Cause::Examine(error) => self.blamed_line(error),
            Cause::EndsInHead | Cause::TooSlow => Some(self.buffers.exchange.filled),
            _ => None,
        };
        // Up to the byte at fault, or the line where that is at fault as a whole.
        let behind = match cause {
            Cause::Head(error) if is_about_line(error) => Some(self.line_end(end)),
            _ => at.map(|at| at.saturating_add(1)),
        };
        let refused_end = behind.map_or(end, |behind| behind.min(self.buffers.exchange.filled).max(end));
        let refusal = Refusal {
            cause,
            at: at.map(|at| self.offset(at)),
            place: self.place(end, refused_end),
            bytes: self.received(end, refused_end),
            is_answered: true,
        };
        self.see(&Fact::Refusal(refusal));
        self.connection.told.interpreted = self.offset(refused_end);
    }

    /// The line of a whole head that `error` is about: the one that cannot stand beside those before it.
    fn blamed_line(&self, error: ExamineError) -> Option<usize> {
        let buffer = &*self.buffers.receive;
        let lines = self.lines();
        let number = |known: Known, number: usize| {
            let mut places = lines.iter().enumerate().filter(|(_, line)| line.known() == known);
            places.nth(number).map(|(at, _)| at)
        };
        let of = |known: Known, is_wrong: &dyn Fn(&[u8]) -> bool| {
            lines.iter().position(|line| line.known() == known && is_wrong(line.value(buffer)))
        };
        let line = match error {
            ExamineError::NoHost => None,
            ExamineError::SeveralHosts => number(Known::Host, 1),
            ExamineError::BadHost | ExamineError::UnusualHost => {
                of(Known::Host, &|value| !host::is_valid(value))
            }
            ExamineError::SeveralTypes => number(Known::ContentType, 1),
            ExamineError::Expectation => of(Known::Expect, &|value| !is_continue(value)),
            ExamineError::Framing(FramingError::CodingAndLength) => {
                number(Known::TransferEncoding, 0).max(number(Known::ContentLength, 0))
            }
            ExamineError::Framing(FramingError::SeveralLengths | FramingError::RepeatedLength) => {
                number(Known::ContentLength, 1).or(number(Known::ContentLength, 0))
            }
            ExamineError::Framing(
                FramingError::BadLength | FramingError::LeadingZeros | FramingError::LengthTooLarge,
            ) => number(Known::ContentLength, 0),
            ExamineError::Framing(
                FramingError::CodingInHttp10
                | FramingError::NotChunkedLast
                | FramingError::MalformedCoding
                | FramingError::EmptyCoding
                | FramingError::UnknownCoding,
            ) => number(Known::TransferEncoding, 0),
        };
        let first = self.line_end(self.buffers.exchange.asked.parser.head().line.method_name.start());
        line.map(|line| (0..line).fold(first, |at, _| self.line_end(at)))
    }
}

/// Whether a line is refused as a whole, which is when it was read whole, and not for one byte in it.
fn is_about_line(error: HeadError) -> bool {
    use crate::parse::request_line::RequestLineError as Line;
    use crate::parse::target::TargetError as Target;
    match error {
        HeadError::FieldLine { error, .. } => matches!(error, FieldLineError::MissingColon),
        HeadError::RequestLine { error: Line::Target { error, .. }, .. } => {
            !matches!(error, Target::Byte { .. } | Target::PercentEncoding { .. } | Target::Nul { .. })
        }
        HeadError::RequestLine { error, .. } => {
            matches!(error, Line::MissingPart | Line::Version | Line::UnsupportedVersion)
        }
        _ => false,
    }
}
