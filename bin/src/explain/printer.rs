//! Prints what a connection tells, as it is told.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bantam_core::explain::{Fact, Watch};

use super::view::View;
use super::{json, text};

/// In which form facts are printed.
#[derive(Debug)]
pub(super) enum Form {
    Text,
    Json,
}

/// Prints what it is told on `W`.
#[derive(Debug)]
pub(super) struct Printer<W> {
    form: Form,
    printed: Mutex<Printed<W>>,
}

#[derive(Debug)]
struct Printed<W> {
    out: W,
    view: View,
    /// The lines of one fact; its memory is used again.
    lines: String,
    /// Why nothing can be written any more.
    error: Option<io::Error>,
    /// Whether something was refused or not interpreted.
    has_failed: bool,
    has_requests: bool,
}

impl<W: Write> Printer<W> {
    pub(super) fn new(form: Form, view: View, out: W) -> Self {
        let printed =
            Printed { out, view, lines: String::new(), error: None, has_failed: false, has_requests: false };
        Self { form, printed: Mutex::new(printed) }
    }

    fn printed(&self) -> MutexGuard<'_, Printed<W>> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what can be said only at the end, and writes what is held back.
    ///
    /// # Errors
    ///
    /// As [`Printer::flush`].
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut printed = self.printed();
        // A head that is cut short is told of behind the end of the input, and is a request all the same.
        if matches!(self.form, Form::Text) && !printed.has_requests && printed.error.is_none() {
            printed.error = printed.out.write_all(b"there is no request\n").err();
        }
        drop(printed);
        self.flush()
    }

    /// Writes what is held back.
    ///
    /// # Errors
    ///
    /// What has gone wrong in writing since the last call.
    pub(super) fn flush(&self) -> io::Result<()> {
        let mut printed = self.printed();
        match printed.error.take() {
            Some(error) => Err(error),
            None => printed.out.flush(),
        }
    }

    /// Whether something was refused or not interpreted.
    pub(super) fn has_failed(&self) -> bool {
        self.printed().has_failed
    }
}

impl<W: Write + Send> Watch for Printer<W> {
    fn see(&self, _: u64, fact: &Fact<'_>) {
        let mut printed = self.printed();
        let printed = &mut *printed;
        printed.has_failed |= match fact {
            Fact::Refusal(_) => true,
            Fact::Over { unread } => !unread.is_empty(),
            _ => false,
        };
        printed.view.follow(fact);
        let lines = &mut printed.lines;
        lines.clear();
        match self.form {
            Form::Json => json::write(lines, fact, printed.view),
            Form::Text => {
                if matches!(fact, Fact::Request { number: 2.. }) {
                    lines.push('\n');
                }
                text::write(lines, fact, printed.view);
            }
        }
        printed.has_requests |= matches!(fact, Fact::Request { .. });
        if printed.error.is_none() {
            printed.error = printed.out.write_all(lines.as_bytes()).err();
        }
    }
}
