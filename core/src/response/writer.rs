//! Content that is written piece by piece into the transmit buffer.

use core::fmt;

use super::Response;
use crate::handler::Outcome;

/// Writes content into the transmit buffer; made by [`Response::writer`].
#[derive(Debug)]
pub struct BodyWriter<'w, 'r, S> {
    pub(super) response: &'w mut Response<'r, S>,
}

impl<S> BodyWriter<'_, '_, S> {
    /// Appends these bytes.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.response.append(bytes);
        self
    }

    /// Where content can be written that [`BodyWriter::advance`] then appends: all that is free in the transmit
    /// buffer, where field lines that are added later must find their place too.
    pub fn space(&mut self) -> &mut [u8] {
        self.response.free()
    }

    /// Appends the first `length` bytes of [`BodyWriter::space`], which is never passed. They must have been written:
    /// the buffer still holds what earlier answers left there, of other connections too.
    pub fn advance(&mut self, length: usize) -> &mut Self {
        self.response.advance(length);
        self
    }

    /// Appends formatted text.
    ///
    /// # Errors
    /// When it does not fit; the mistake is kept as well.
    pub fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(self, text)
    }

    /// Whether everything fitted, as the end of a handler.
    ///
    /// # Errors
    /// A 500 when something did not.
    pub fn finish(self) -> Outcome {
        self.response.outcome()
    }
}

impl<S> fmt::Write for BodyWriter<'_, '_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.response.append(text.as_bytes());
        self.response.error().map_or(Ok(()), |_| Err(fmt::Error))
    }
}

impl<S> embedded_io::ErrorType for BodyWriter<'_, '_, S> {
    type Error = embedded_io::ErrorKind;
}

impl<S> embedded_io::Write for BodyWriter<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.response.append(bytes);
        self.response.error().map_or(Ok(bytes.len()), |_| Err(embedded_io::ErrorKind::OutOfMemory))
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
