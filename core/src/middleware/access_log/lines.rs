//! Lines to a byte writer: a serial line, a file, a pipe, behind the lock that an application has.

use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use embedded_io::Write;

use super::Lines;

/// A byte writer behind a lock: a critical section on a device, a mutex elsewhere.
pub trait Locked: Sync {
    /// The writer.
    type Writer: Write;

    /// Calls `with` while nobody else has the writer.
    fn lock<R>(&self, with: impl FnOnce(&mut Self::Writer) -> R) -> R;
}

#[cfg(any(feature = "std", test))]
impl<W: Write + Send> Locked for std::sync::Mutex<W> {
    type Writer = W;

    fn lock<R>(&self, with: impl FnOnce(&mut W) -> R) -> R {
        // A writer that has panicked is no worse than one that fails.
        with(&mut Self::lock(self).unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Lines to any [`embedded_io::Write`], written while the request waits: for writers that take bytes at once, such as a
/// ring buffer that an interrupt empties. Over sockets use the log of `transport-std`, which never waits.
///
/// A line that the writer fails over is dropped and counted, and what was written of it ends where it is.
///
/// ```
/// use bantam_core::middleware::access_log::{AccessLog, ByteLines, Format, Locked};
/// # struct Uart; static UART: Cell = Cell(Uart); struct Cell(Uart);
/// # impl embedded_io::ErrorType for Uart { type Error = core::convert::Infallible; }
/// # impl embedded_io::Write for Uart {
/// #     fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> { Ok(bytes.len()) }
/// #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// struct Serial;
///
/// impl Locked for Serial {
///     type Writer = Uart;
///
///     fn lock<R>(&self, with: impl FnOnce(&mut Uart) -> R) -> R {
///         // critical_section::with(|section| with(&mut UART.borrow_ref_mut(section)))
/// #       with(&mut Uart)
///     }
/// }
///
/// static LINES: ByteLines<Serial> = ByteLines::new(Serial);
/// static LOG: AccessLog = AccessLog::new(Format::Common, &LINES);
/// ```
#[derive(Debug)]
pub struct ByteLines<L> {
    writer: L,
    dropped: AtomicU32,
    /// Whether the last thing written is half a line.
    is_torn: AtomicBool,
}

impl<L> ByteLines<L> {
    /// Lines to this writer.
    #[must_use]
    pub const fn new(writer: L) -> Self {
        Self { writer, dropped: AtomicU32::new(0), is_torn: AtomicBool::new(false) }
    }

    /// The writer behind its lock.
    #[must_use]
    pub const fn writer(&self) -> &L {
        &self.writer
    }

    /// Lines that were dropped, or written in part.
    #[must_use]
    pub fn dropped(&self) -> u32 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl<L: Locked> Lines for ByteLines<L> {
    fn add(&self, write: &mut dyn FnMut(&mut dyn fmt::Write) -> fmt::Result) {
        self.writer.lock(|writer| {
            let mut line = Line { writer, is_begun: false };
            let torn = self.is_torn.load(Ordering::Relaxed);
            let begun = if torn { line.writer.write_all(b"\n").map_err(|_| fmt::Error) } else { Ok(()) };
            let written = begun.and_then(|()| {
                self.is_torn.store(false, Ordering::Relaxed);
                write(&mut line)
            });
            if written.and_then(|()| line.writer.flush().map_err(|_| fmt::Error)).is_err() {
                // No other thread is here, so that two steps do, which every processor has.
                self.dropped.store(self.dropped.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
                if line.is_begun {
                    self.is_torn.store(true, Ordering::Relaxed);
                }
            }
        });
    }
}

/// A line under way.
struct Line<'w, W> {
    writer: &'w mut W,
    is_begun: bool,
}

impl<W: Write> fmt::Write for Line<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.is_begun |= !text.is_empty(); // a write that fails may have taken a part
        self.writer.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
