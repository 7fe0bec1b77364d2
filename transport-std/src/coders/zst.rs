//! Zstandard.

use bantam_core::middleware::compress::{Coded, Coder, CoderError, Flush};
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};

/// A window of 512 KiB. Recipients need not take more than 8 MiB (RFC 9659), and memory grows with it.
const WINDOW_LOG: u32 = 19;

struct Zstd {
    /// None when the library has no memory for one.
    encoder: Option<Encoder<'static>>,
    has_ended: bool,
}

pub(super) fn boxed(level: u8) -> Box<dyn Coder> {
    let encoder = Encoder::new(level.clamp(1, 19).into()).and_then(|mut encoder| {
        encoder.set_parameter(CParameter::WindowLog(WINDOW_LOG))?;
        Ok(encoder)
    });
    Box::new(Zstd { encoder: encoder.ok(), has_ended: false })
}

impl Coder for Zstd {
    fn code(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Coded, CoderError> {
        if self.has_ended {
            return Ok(Coded { consumed: 0, produced: 0, done: true });
        }
        let encoder = self.encoder.as_mut().ok_or(CoderError)?;
        let (mut from, mut to) = (InBuffer::around(input), OutBuffer::around(output));
        while from.pos() < input.len() && to.pos() < to.capacity() {
            encoder.run(&mut from, &mut to).map_err(|_| CoderError)?;
        }
        let mut done = false;
        if from.pos() == input.len() && to.pos() < to.capacity() {
            let left = match flush {
                Flush::None => 1,
                Flush::Sync => encoder.flush(&mut to).map_err(|_| CoderError)?,
                Flush::Finish => encoder.finish(&mut to, true).map_err(|_| CoderError)?,
            };
            done = left == 0;
            self.has_ended = done && flush == Flush::Finish;
        }
        Ok(Coded { consumed: from.pos(), produced: to.pos(), done })
    }

    fn reset(&mut self) {
        self.has_ended = false;
        if self.encoder.as_mut().is_some_and(|encoder| encoder.reinit().is_err()) {
            self.encoder = None;
        }
    }
}
