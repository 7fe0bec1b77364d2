//! `bantam explain`: what the server makes of raw bytes. They are fed to the connection that serves, with an application
//! behind it that accepts whatever the protocol accepts, and what the connection tells its watcher is printed.

mod escape;
mod json;
pub(crate) mod text;

use core::str::FromStr;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use bantam_core::connection::{Connection, Storage};
use bantam_core::explain::{Fact, Watch};
use bantam_core::prelude::*;

use self::text::Text;
use crate::run::Failure as Mistake;
use crate::say::{plain, say};

/// Into which pieces the bytes are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// Of this many bytes.
    Every(usize),
    /// Of 1 to 32 bytes, by a random sequence that this seed begins.
    Random(u64),
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = match text.strip_prefix("random:") {
            Some(seed) => seed.parse().ok().map(Self::Random),
            None => text.parse().ok().filter(|&length| length > 0).map(Self::Every),
        };
        split.ok_or_else(|| "a number of bytes or random:SEED is wanted".to_owned())
    }
}

impl Split {
    /// The length of the next piece.
    fn next(&mut self) -> usize {
        match self {
            Self::Every(length) => *length,
            Self::Random(state) => {
                // SplitMix64: any seed will do.
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                usize::try_from((mixed ^ (mixed >> 27)) >> 59).unwrap_or(0) + 1
            }
        }
    }
}

/// Accepts every method and path, and has the content read to its end.
static ROUTES: Router<(), 1> =
    Router::new([route(MethodSet::all(), "/*path", |_, _, response| response.no_content())
        .content(Delivery::Discarded)]);

/// Explains the bytes of `file`, of standard input where it is `-`. The exit code is 1 when something is
/// refused or not interpreted.
pub(crate) fn explain(
    file: &Path,
    json: bool,
    split: Option<Split>,
    limits: Limits,
) -> Result<ExitCode, Mistake> {
    let input = read(file)
        .map_err(|error| Mistake::usage(format!("cannot read {}: {}", file.display(), plain(&error))))?;
    let form = match json {
        true => Form::Json,
        false => Form::Text(Text { with_pieces: split.is_some(), with_routes: false }),
    };
    let printer = Printer { form, printed: Mutex::default() };
    feed(&input, split, limits, &printer);
    let printed = printer.printed.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Somebody who closes the pipe has read enough.
    let _ = io::stdout().write_all(printed.text.as_bytes());
    Ok(ExitCode::from(u8::from(printed.has_failed)))
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return std::fs::read(file);
    }
    if io::stdin().is_terminal() {
        say(format_args!("bantam: reading a request from the terminal, up to Ctrl-D\n"));
    }
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    Ok(input)
}

/// Field lines that the buffers have room for.
const LINES: usize = Limits::DEFAULT.field_lines as usize;

/// Does what a transport does, whose peer sends `input` in pieces and then closes its side. No time passes.
fn feed(mut input: &[u8], mut split: Option<Split>, mut limits: Limits, printer: &Printer) {
    limits.linger_bytes = u64::MAX; // so that all that is not interpreted is counted
    let service = Service::new(&(), &ROUTES).with_limits(limits).with_watch(printer);
    let mut storage: Box<Storage<NoStream, 32_768, 32_768, LINES>> = Box::new(Storage::new());
    let now = Instant::ZERO;
    let mut connection = Connection::new(0, None, now);
    loop {
        let mut lent = connection.lend(&service, storage.lend(), None);
        let Some(wants) = lent.wants() else { return };
        if wants.run {
            lent.run_handler(now, || now);
        } else if wants.transmit {
            lent.handle_transmitted(lent.poll_transmit().len(), now);
        } else if wants.half_close {
            lent.handle_half_closed(now);
        } else if wants.receive && !input.is_empty() {
            let space = lent.receive_space();
            let wanted = split.as_mut().map_or(input.len(), Split::next);
            let length = wanted.min(input.len()).min(space.len());
            space[..length].copy_from_slice(&input[..length]);
            input = &input[length..];
            lent.handle_received(length, now);
        } else {
            lent.handle_peer_closed(now);
        }
    }
}

/// In which form facts are printed.
#[derive(Debug)]
enum Form {
    Text(Text),
    Json,
}

#[derive(Debug)]
struct Printer {
    form: Form,
    printed: Mutex<Printed>,
}

#[derive(Debug, Default)]
struct Printed {
    text: String,
    /// Whether something was refused or not interpreted.
    has_failed: bool,
    has_requests: bool,
}

impl Watch for Printer {
    fn see(&self, _: u64, fact: &Fact<'_>) {
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        printed.has_failed |= match fact {
            Fact::Refusal(_) => true,
            Fact::Over { unread } => !unread.is_empty(),
            _ => false,
        };
        match &self.form {
            Form::Json => json::write(&mut printed.text, fact),
            Form::Text(text) => {
                match fact {
                    Fact::Request { number: 2.. } => printed.text.push('\n'),
                    Fact::PeerClosed { .. } if !printed.has_requests => {
                        printed.text.push_str("there is no request\n");
                    }
                    _ => {}
                }
                printed.has_requests |= matches!(fact, Fact::Request { .. });
                text.write(&mut printed.text, fact);
            }
        }
    }
}

#[cfg(test)]
mod tests;
