//! What a client has seen, and conversations that every soak has.

use crate::ask::Ask;
use crate::line::{Line, Trouble};
use crate::noise::Dice;

/// What a client has seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Answers that were whole and right.
    pub answers: u64,
    /// Bytes of content that were right.
    pub bytes: u64,
}

impl Seen {
    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// What went wrong.
    pub fn ask(&mut self, line: &mut Line, ask: &Ask) -> Result<(), Trouble> {
        line.send(&ask.bytes)?;
        self.answer(line, ask)
    }

    /// Reads the answer to what was asked before.
    ///
    /// # Errors
    /// What went wrong.
    pub fn answer(&mut self, line: &mut Line, ask: &Ask) -> Result<(), Trouble> {
        line.answer(ask.content, usize::MAX)?;
        self.answers += 1;
        Ok(())
    }

    /// Sends several requests at once, and reads their answers in order.
    ///
    /// # Errors
    /// What went wrong.
    pub fn pipeline(&mut self, line: &mut Line, dice: &mut Dice) -> Result<(), Trouble> {
        let asks = send_several(line, dice)?;
        asks.iter().try_for_each(|ask| self.answer(line, ask))
    }

    /// The same, with this side closed behind the requests.
    ///
    /// # Errors
    /// What went wrong.
    pub fn half_close(&mut self, line: &mut Line, dice: &mut Dice) -> Result<(), Trouble> {
        let asks = send_several(line, dice)?;
        line.close_write()?;
        asks.iter().try_for_each(|ask| self.answer(line, ask))?;
        line.end()
    }

    /// Reads the beginning of a download of up to so many bytes.
    ///
    /// # Errors
    /// What went wrong.
    pub fn begin(&mut self, line: &mut Line, dice: &mut Dice, most: u64) -> Result<(), Trouble> {
        let ask = Ask::download(dice, most, false);
        line.send(&ask.bytes)?;
        line.answer(ask.content, dice.below(ask.content.length() as u64) as usize)
    }
}

fn send_several(line: &mut Line, dice: &mut Dice) -> Result<Vec<Ask>, Trouble> {
    let asks: Vec<Ask> = (0..=dice.below(9)).map(|_| Ask::small(dice)).collect();
    line.send(&asks.iter().flat_map(|ask| ask.bytes.clone()).collect::<Vec<u8>>())?;
    Ok(asks)
}
