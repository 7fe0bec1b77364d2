//! Links only if no panic can be reached from what it calls: its panic handler calls a function that does not exist,
//! and the linker drops the handler only when nothing refers to it.
#![no_std]
#![no_main]

use core::hint::black_box;

use bantam_core::body::decode::{Decoded, Decoder};
use bantam_core::framing::body_length;
use bantam_core::limits::Limits;
use bantam_core::message::forwarded::{forwarded, x_forwarded_for};
use bantam_core::parse::field_line::FieldLine;
use bantam_core::parse::head::{HeadParser, Progress};
use bantam_core::parse::{host, list, proxy};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn a_panic_can_be_reached_from_parsing_or_framing() -> !;
    }
    // SAFETY: never runs, because it never links.
    unsafe { a_panic_can_be_reached_from_parsing_or_framing() }
}

static mut BUFFER: [u8; 4096] = [0; 4096];

/// Parses, frames and decodes whatever lies in the buffer, of which the compiler knows nothing.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let buffer = &raw mut BUFFER;
    // SAFETY: there is one thread, and it takes the reference once.
    let buffer = unsafe { &mut *buffer };
    let mut lines = [FieldLine::EMPTY; 32];
    let limits = black_box(Limits::SMALL);
    let filled = black_box(buffer.len());
    let mut parser = HeadParser::at(black_box(0));
    let bytes = buffer.get(..filled).unwrap_or_default();
    black_box(host::is_valid(bytes));
    black_box(list::members(bytes).count());
    black_box(proxy::read(bytes)).ok();
    let trusts = |address: core::net::IpAddr| black_box(address.is_loopback());
    black_box(forwarded(core::iter::once(bytes), trusts));
    black_box(x_forwarded_for(core::iter::once(bytes), trusts));
    match parser.parse(bytes, &mut lines, &limits) {
        Ok(Progress::Complete(head)) => {
            let lines = lines.get(..usize::from(head.field_lines)).unwrap_or_default();
            match body_length(head.line.version, lines, bytes) {
                Ok(length) => {
                    let end = usize::from(head.end);
                    let mut at = Decoded { content_end: end, unread: end };
                    let decoded = Decoder::new(length).decode(buffer, &mut at, &limits);
                    black_box((decoded.map_err(|error| (error.status(), error.reason())), at)).0.ok();
                }
                Err(error) => {
                    black_box((error.status(), error.reason()));
                }
            }
        }
        Ok(Progress::Incomplete) => {
            black_box(parser.overflow(bytes));
        }
        Err(error) => {
            black_box((error.status(), error.reason()));
        }
    }
    loop {
        core::hint::spin_loop();
    }
}
