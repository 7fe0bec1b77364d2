//! Whether a text is JSON, to the letter of RFC 8259: what a request brings is shown as JSON only where it is.

/// Deepest nesting; what is nested deeper is taken for no JSON.
pub(crate) const DEPTH: u32 = 128;

/// Whether `text` is one JSON value, with nothing but white space around it.
///
/// # Errors
/// The byte that shows that it is not; the end of the text where it is cut short.
pub(crate) fn check(text: &[u8]) -> Result<(), usize> {
    if let Err(error) = core::str::from_utf8(text) {
        return Err(error.valid_up_to());
    }
    let mut reader = Reader { text, at: 0 };
    reader.value().map_err(|Malformed| reader.at)
}

struct Malformed;

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

/// What is open around the place: one bit for each level, set for an object.
#[derive(Default)]
struct Nesting {
    objects: u128,
    depth: u32,
}

impl Nesting {
    fn open(&mut self, is_object: bool) -> Result<(), Malformed> {
        if self.depth == DEPTH {
            return Err(Malformed);
        }
        self.objects = (self.objects << 1) | u128::from(is_object);
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn close(&mut self) {
        self.objects >>= 1;
        self.depth = self.depth.saturating_sub(1);
    }

    fn is_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

impl Reader<'_> {
    /// A value, without recursion: a peer chooses the nesting, and not how much stack there is.
    fn value(&mut self) -> Result<(), Malformed> {
        let mut nesting = Nesting::default();
        loop {
            self.blanks();
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    nesting.open(open == b'{')?;
                    self.step();
                    self.blanks();
                    let is_object = nesting.is_object();
                    if self.peek() != Some(if is_object { b'}' } else { b']' }) {
                        if is_object {
                            self.name()?;
                        }
                        continue;
                    }
                    self.step();
                    nesting.close();
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                _ => return Err(Malformed),
            }
            // Behind a value: the end of what is open, or the next value.
            loop {
                self.blanks();
                if nesting.depth == 0 {
                    return if self.peek().is_none() { Ok(()) } else { Err(Malformed) };
                }
                match (self.peek(), nesting.is_object()) {
                    (Some(b','), is_object) => {
                        self.step();
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.step();
                        nesting.close();
                    }
                    _ => return Err(Malformed),
                }
            }
        }
    }

    /// `name-separator` with the name before it.
    fn name(&mut self) -> Result<(), Malformed> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return Err(Malformed);
        }
        self.string()?;
        self.blanks();
        self.byte(b':')
    }

    fn string(&mut self) -> Result<(), Malformed> {
        self.byte(b'"')?;
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => {
                    self.step();
                    return Ok(());
                }
                b'\\' => {
                    self.step();
                    match self.peek().ok_or(Malformed)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.step(),
                        b'u' => {
                            self.step();
                            for _ in 0..4 {
                                match self.peek() {
                                    Some(digit) if digit.is_ascii_hexdigit() => self.step(),
                                    _ => return Err(Malformed),
                                }
                            }
                        }
                        _ => return Err(Malformed),
                    }
                }
                0..=0x1f => return Err(Malformed),
                _ => self.step(),
            }
        }
    }

    /// `[ minus ] int [ frac ] [ exp ]`
    fn number(&mut self) -> Result<(), Malformed> {
        if self.peek() == Some(b'-') {
            self.step();
        }
        match self.peek() {
            Some(b'0') => self.step(),
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.step();
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.step();
            if let Some(b'+' | b'-') = self.peek() {
                self.step();
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.step();
        }
        if self.at > start { Ok(()) } else { Err(Malformed) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Malformed> {
        word.iter().try_for_each(|&byte| self.byte(byte))
    }

    fn byte(&mut self, wanted: u8) -> Result<(), Malformed> {
        if self.peek() != Some(wanted) {
            return Err(Malformed);
        }
        self.step();
        Ok(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.step();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;
