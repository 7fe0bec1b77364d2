//! How people are spoken to on standard error: in one line.

use core::fmt;
use std::io::{self, Write};

/// Writes on standard error. Somebody who has closed it does not want to know.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    let _ = io::stderr().write_fmt(text);
}

/// The first paragraph of clap's message as one line.
pub(crate) fn first_paragraph(message: &str) -> String {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let words = message.lines().take_while(|line| !line.is_empty()).flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

/// An error without the number that `io::Error` puts behind it.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
