//! Brotli.

use bantam_core::middleware::compress::{Coded, Coder, CoderError, Flush};
use brotli::enc::StandardAlloc;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct};

/// A window of 512 KiB: half of what pages have, and a quarter of the memory of the largest.
const WINDOW_BITS: u32 = 19;

struct Brotli {
    state: BrotliEncoderStateStruct<StandardAlloc>,
    quality: u8,
    /// Whether content was taken since all was written.
    is_dirty: bool,
}

pub(super) fn boxed(quality: u8) -> Box<dyn Coder> {
    Box::new(Brotli { state: fresh(quality), quality, is_dirty: false })
}

fn fresh(quality: u8) -> BrotliEncoderStateStruct<StandardAlloc> {
    let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
    state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, quality.min(11).into());
    state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, WINDOW_BITS);
    state
}

impl Coder for Brotli {
    fn code(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Coded, CoderError> {
        let operation = match flush {
            Flush::Sync if !self.is_dirty && input.is_empty() && !self.state.has_more_output() => {
                return Ok(Coded { consumed: 0, produced: 0, done: true });
            }
            Flush::None => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            Flush::Sync => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            Flush::Finish => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        };
        let (mut left, mut consumed) = (input.len(), 0);
        let (mut room, mut produced) = (output.len(), 0);
        let is_well = self.state.compress_stream(
            operation,
            &mut left,
            input,
            &mut consumed,
            &mut room,
            output,
            &mut produced,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if !is_well {
            return Err(CoderError);
        }
        self.is_dirty |= consumed > 0;
        let done = match flush {
            Flush::None => false,
            Flush::Sync => left == 0 && !self.state.has_more_output(),
            Flush::Finish => self.state.is_finished(),
        };
        self.is_dirty &= !(done && flush == Flush::Sync);
        Ok(Coded { consumed, produced, done })
    }

    fn reset(&mut self) {
        (self.state, self.is_dirty) = (fresh(self.quality), false);
    }
}
