//! `bantam explain`: what the server makes of raw bytes. They are fed to the connection that serves, with an application
//! behind it that accepts whatever the protocol accepts, and what the connection tells its watcher is printed. Input is
//! read and output is written as they come, so that neither is ever held whole.

mod escape;
mod json;
mod pieces;
mod printer;
pub(crate) mod text;
pub(crate) mod view;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use bantam_core::connection::{Connection, Storage};
use bantam_core::prelude::*;

pub(crate) use self::json::KEYS;
use self::pieces::Pieces;
pub(crate) use self::pieces::Split;
use self::printer::{Form, Printer};
use self::view::View;
use crate::args::Options;
use crate::run::Failure as Mistake;
use crate::say::{plain, say};

/// Accepts every method and path, and has the content read to its end.
static ROUTES: Router<(), 1> =
    Router::new([route(MethodSet::all(), "/*path", |_, _, response| response.no_content())
        .content(Delivery::Discarded)]);

/// Explains the bytes of `file`, of standard input where it is `-`. The exit code is 1 when something is refused or not
/// interpreted.
pub(crate) fn explain(
    file: &Path,
    json: bool,
    split: Option<Split>,
    options: &Options,
) -> Result<ExitCode, Mistake> {
    let form = if json { Form::Json } else { Form::Text };
    let view = View {
        with_pieces: split.is_some(),
        with_underscored: options.underscored_fields,
        ..View::default()
    };
    let printer = Printer::new(form, view, BufWriter::new(io::stdout()));
    let outcome = open(file).map_err(Stopped::Input).and_then(|input| {
        feed(&mut Pieces::new(input, split), options, &printer)?;
        printer.finish().map_err(Stopped::Output)
    });
    match outcome {
        Ok(()) => Ok(ExitCode::from(u8::from(printer.has_failed()))),
        // Somebody who closes the pipe has read enough, and what was not read was not accepted.
        Err(Stopped::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::from(1)),
        Err(Stopped::Output(error)) => {
            Err(Mistake::usage(format!("cannot write the explanation: {}", plain(&error))))
        }
        Err(Stopped::Input(error)) => {
            Err(Mistake::usage(format!("cannot read {}: {}", file.display(), plain(&error))))
        }
    }
}

fn open(file: &Path) -> io::Result<Box<dyn Read>> {
    if file.as_os_str() != "-" {
        return Ok(Box::new(File::open(file)?));
    }
    if io::stdin().is_terminal() {
        say(format_args!("bantam: reading a request from the terminal, up to Ctrl-D\n"));
    }
    Ok(Box::new(io::stdin().lock()))
}

/// What ended an explanation before its time.
#[derive(Debug)]
enum Stopped {
    Input(io::Error),
    Output(io::Error),
}

/// Field lines that the buffers have room for.
const LINES: usize = Limits::DEFAULT.field_lines as usize;

/// Does what a transport does, whose peer sends `input` in pieces and then closes its side. No time passes.
fn feed<R: Read, W: Write + Send>(
    input: &mut Pieces<R>,
    options: &Options,
    printer: &Printer<W>,
) -> Result<(), Stopped> {
    let mut limits = options.limits();
    limits.linger_bytes = u64::MAX; // so that all that is not interpreted is counted
    let service = Service::new(&(), &ROUTES)
        .with_limits(limits)
        .with_underscored_fields(options.underscored_fields)
        .with_watch(printer);
    let mut storage: Box<Storage<NoStream, 32_768, 32_768, LINES>> = Box::new(Storage::new());
    let now = Instant::ZERO;
    let mut connection = Connection::new(0, None, now);
    loop {
        let mut lent = connection.lend(&service, storage.lend(), None);
        let Some(wants) = lent.wants() else { return Ok(()) };
        if wants.run {
            lent.run_handler(now, || now);
        } else if wants.transmit {
            lent.handle_transmitted(lent.poll_transmit().len(), now);
        } else if wants.half_close {
            lent.handle_half_closed(now);
        } else if wants.receive {
            if input.may_wait() {
                printer.flush().map_err(Stopped::Output)?;
            }
            match input.next(lent.receive_space()).map_err(Stopped::Input)? {
                0 => lent.handle_peer_closed(now),
                length => lent.handle_received(length, now),
            }
        } else {
            lent.handle_peer_closed(now);
        }
    }
}
