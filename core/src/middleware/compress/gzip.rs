//! gzip (RFC 1952) around the DEFLATE of `miniz_oxide`.
//!
//! ```text
//! 1f 8b 08 00 | time 0 | hints | system 255 || DEFLATE || CRC-32 of the content | its length, modulo 2^32
//! ```

use alloc::boxed::Box;

use miniz_oxide::DataFormat;
use miniz_oxide::deflate::core::{CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress};

use super::coder::{Coded, Coder, CoderError, Flush};
use super::crc32::Crc32;

/// No name, no comment, no time (RFC 1952 §2.3): the content has its own.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The largest window there is: 32 KiB.
const WINDOW_BITS: u8 = 15;

pub(super) struct Gzip {
    deflate: CompressorOxide,
    crc: Crc32,
    /// Bytes taken, modulo 2^32.
    length: u32,
    part: Part,
    /// How many marks have been asked for since content was last taken.
    marks: u8,
}

/// The part that is being written, and how many of its bytes are.
#[derive(Clone, Copy)]
enum Part {
    Header(usize),
    Deflate,
    Trailer(usize),
}

impl Gzip {
    pub(super) fn boxed(level: u8) -> Box<dyn Coder> {
        let strategy = CompressionStrategy::Default;
        let deflate = CompressorOxide::with_params(DataFormat::Raw, level.clamp(1, 9), strategy, WINDOW_BITS);
        Box::new(Self { deflate, crc: Crc32::NEW, length: 0, part: Part::Header(0), marks: 0 })
    }

    /// Calls the compressor once.
    fn step(&mut self, turn: &mut Turn<'_, '_>, flush: TDEFLFlush) -> Result<TDEFLStatus, CoderError> {
        let input = turn.input.get(turn.consumed..).unwrap_or_default();
        let output = turn.output.get_mut(turn.produced..).unwrap_or_default();
        let (status, consumed, produced) = compress(&mut self.deflate, input, output, flush);
        let taken = input.get(..consumed).unwrap_or_default();
        self.crc.update(taken);
        self.length = self.length.wrapping_add(consumed as u32);
        turn.consumed = turn.consumed.saturating_add(consumed);
        turn.produced = turn.produced.saturating_add(produced);
        match status {
            TDEFLStatus::Okay | TDEFLStatus::Done => Ok(status),
            TDEFLStatus::BadParam | TDEFLStatus::PutBufFailed => Err(CoderError),
        }
    }

    /// Takes all input. False when the output was too short for what that gave.
    fn take(&mut self, turn: &mut Turn<'_, '_>) -> Result<bool, CoderError> {
        while !turn.is_taken() {
            self.marks = 0;
            if turn.is_full() {
                return Ok(false);
            }
            self.step(turn, TDEFLFlush::None)?;
        }
        Ok(!turn.is_full())
    }

    /// Writes what was taken, and the mark behind it (an empty stored block).
    ///
    /// The compressor does not tell whether it has set the mark where the output is full behind it, and sets another when
    /// it is asked again. So it is asked with all input taken and nothing left to be written: then at most its window's
    /// last 258 bytes are in front of the mark, and when it is asked for the second time it has set it.
    fn mark(&mut self, turn: &mut Turn<'_, '_>) -> Result<bool, CoderError> {
        loop {
            self.step(turn, TDEFLFlush::None)?;
            if turn.is_full() {
                return Ok(false);
            }
            if self.marks >= 2 {
                break;
            }
            self.step(turn, TDEFLFlush::Sync)?;
            self.marks = self.marks.saturating_add(1);
            if !turn.is_full() {
                break;
            }
        }
        self.marks = 2; // nothing was taken since, so nothing is to be marked
        Ok(true)
    }

    fn trailer(&self) -> [u8; 8] {
        let mut trailer = [0; 8];
        let bytes = self.crc.value().to_le_bytes().into_iter().chain(self.length.to_le_bytes());
        trailer.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        trailer
    }
}

impl Coder for Gzip {
    fn code(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Coded, CoderError> {
        let mut turn = Turn { input, output, consumed: 0, produced: 0 };
        let mut done = false;
        while !turn.is_full() {
            match self.part {
                Part::Header(written) => {
                    let written = turn.put(&HEADER, written);
                    self.part = if written < HEADER.len() { Part::Header(written) } else { Part::Deflate };
                    // A header that nothing follows yet is not worth a packet.
                    continue;
                }
                Part::Deflate if flush == Flush::Finish => {
                    if self.step(&mut turn, TDEFLFlush::Finish)? == TDEFLStatus::Done {
                        self.part = Part::Trailer(0);
                    }
                    continue;
                }
                Part::Deflate => {
                    let is_taken = self.take(&mut turn)?;
                    done = is_taken && flush == Flush::Sync && self.mark(&mut turn)?;
                }
                Part::Trailer(written) => {
                    let trailer = self.trailer();
                    let written = turn.put(&trailer, written);
                    self.part = Part::Trailer(written);
                    done = written >= trailer.len();
                }
            }
            break;
        }
        Ok(Coded { consumed: turn.consumed, produced: turn.produced, done })
    }

    fn reset(&mut self) {
        self.deflate.reset();
        (self.crc, self.length, self.part, self.marks) = (Crc32::NEW, 0, Part::Header(0), 0);
    }
}

/// How far one call has come.
struct Turn<'i, 'o> {
    input: &'i [u8],
    output: &'o mut [u8],
    consumed: usize,
    produced: usize,
}

impl Turn<'_, '_> {
    fn is_taken(&self) -> bool {
        self.consumed >= self.input.len()
    }

    fn is_full(&self) -> bool {
        self.produced >= self.output.len()
    }

    /// Writes `bytes` from `written` on, and says how many are written now.
    fn put(&mut self, bytes: &[u8], written: usize) -> usize {
        let rest = bytes.get(written..).unwrap_or_default();
        let space = self.output.get_mut(self.produced..).unwrap_or_default();
        let length = rest.len().min(space.len());
        space.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        self.produced = self.produced.saturating_add(length);
        written.saturating_add(length)
    }
}

#[cfg(test)]
mod tests;
