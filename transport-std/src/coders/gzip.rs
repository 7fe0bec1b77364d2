//! gzip by zlib-rs.

use bantam_core::middleware::compress::{Coded, Coder, CoderError, Flush};
use flate2::{Compress, Compression, FlushCompress, Status};

/// zlib cannot tell whether it has set the mark of a flush when the output is full behind it, and sets another when it is
/// asked again. An output shorter than this, which could hold nothing but marks, is written to by way of a stage.
const SHORTEST: usize = 64;

struct Gzip {
    zlib: Compress,
    /// Written, and not given away: what is left of the stage lies between these places.
    stage: [u8; SHORTEST],
    start: usize,
    end: usize,
    /// Whether a mark was set and nothing was taken since.
    is_marked: bool,
    has_ended: bool,
}

pub(super) fn boxed(level: u8) -> Box<dyn Coder> {
    let zlib = Compress::new_gzip(Compression::new(level.clamp(1, 9).into()), 15);
    Box::new(Gzip { zlib, stage: [0; SHORTEST], start: 0, end: 0, is_marked: false, has_ended: false })
}

impl Gzip {
    fn step(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Coded, CoderError> {
        if self.has_ended || (self.is_marked && input.is_empty() && flush != Flush::Finish) {
            return Ok(Coded { consumed: 0, produced: 0, done: true });
        }
        let mode = match flush {
            Flush::None => FlushCompress::None,
            Flush::Sync => FlushCompress::Sync,
            Flush::Finish => FlushCompress::Finish,
        };
        let (before_in, before_out) = (self.zlib.total_in(), self.zlib.total_out());
        let room = output.len();
        let status = self.zlib.compress(input, output, mode).map_err(|_| CoderError)?;
        let count = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX);
        let (consumed, produced) =
            (count(self.zlib.total_in(), before_in), count(self.zlib.total_out(), before_out));
        self.has_ended = status == Status::StreamEnd;
        let is_flushed = consumed == input.len() && produced < room && flush == Flush::Sync;
        self.is_marked = is_flushed || (self.is_marked && consumed == 0);
        Ok(Coded { consumed, produced, done: is_flushed || self.has_ended })
    }

    /// Gives away what is in the stage.
    fn unstage(&mut self, output: &mut [u8]) -> usize {
        let rest = self.stage.get(self.start..self.end).unwrap_or_default();
        let length = rest.len().min(output.len());
        output.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        self.start += length;
        length
    }
}

impl Coder for Gzip {
    fn code(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Coded, CoderError> {
        let staged = self.unstage(output);
        let output = output.get_mut(staged..).unwrap_or_default();
        if self.start < self.end || output.is_empty() {
            return Ok(Coded { consumed: 0, produced: staged, done: false });
        }
        let coded = if output.len() >= SHORTEST {
            self.step(input, output, flush)?
        } else {
            let mut stage = [0; SHORTEST];
            let coded = self.step(input, &mut stage, flush)?;
            (self.stage, self.start, self.end) = (stage, 0, coded.produced);
            let produced = self.unstage(output);
            Coded { produced, done: coded.done && self.start == self.end, ..coded }
        };
        Ok(Coded { produced: staged + coded.produced, ..coded })
    }

    fn reset(&mut self) {
        self.zlib.reset();
        (self.start, self.end, self.is_marked, self.has_ended) = (0, 0, false, false);
    }
}
