//! How many instructions a request costs, for the script `instructions`, which starts the emulator so that an
//! instruction takes a fixed time.
//!
//! What is counted is a transport over memory: it copies the request in, asks the connection what it wants, runs the
//! handler, and copies the answer out. The figure is for a request on a connection that is kept.
#![no_std]
#![no_main]

use core::hint::black_box;

use bantam_core::connection::{Connection, Storage};
use bantam_core::prelude::*;
use bantam_firmware::clock::Clock;
use cortex_m_rt::entry;

/// Nanoseconds of an instruction: QEMU's `-icount shift=6`.
const NANOSECONDS: u32 = 64;

/// Nanoseconds of a tick of the timer.
const TICK: u32 = 40;

/// Bytes where a word begins, as they lie in what a device has received. Copying others takes twice as long, and where the
/// linker puts them is chance.
#[repr(align(4))]
struct Aligned<const N: usize>([u8; N]);

/// The shortest request.
static SHORT: Aligned<35> = Aligned(*b"GET / HTTP/1.1\r\nHost: 10.0.2.15\r\n\r\n");

/// What a browser sends.
static BROWSER: Aligned<318> = Aligned(
    *b"GET / HTTP/1.1\r\n\
    Host: 192.168.1.20\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate\r\n\
    Connection: keep-alive\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    Cache-Control: max-age=0\r\n\r\n",
);

/// Requests that are counted together.
const ROUNDS: u32 = 20;

fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("Hello, World!")
}

static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);

/// Runs the connection until it waits for the peer; bytes of the answer.
#[inline(never)]
fn serve(
    connection: &mut Connection,
    storage: &mut Storage<NoStream, 1024, 1024, 32>,
    service: &Service<'_, ()>,
    request: &[u8],
    answer: &mut [u8],
) -> usize {
    let now = Instant::ZERO;
    let mut lent = connection.lend(service, storage.lend(), None);
    let (mut at, mut length) = (0, 0);
    while let Some(wants) = lent.wants() {
        if wants.run {
            lent.run_handler(now, || now);
        } else if wants.transmit {
            let bytes = lent.poll_transmit();
            let sent = bytes.len();
            if let Some(space) = answer.get_mut(length..).and_then(|rest| rest.get_mut(..sent)) {
                space.copy_from_slice(bytes);
            }
            length = length.saturating_add(sent);
            lent.handle_transmitted(sent, now);
        } else {
            let rest = request.get(at..).unwrap_or_default();
            let space = lent.receive_space();
            let taken = rest.len().min(space.len());
            if taken == 0 {
                break;
            }
            if let (Some(space), Some(bytes)) = (space.get_mut(..taken), rest.get(..taken)) {
                space.copy_from_slice(bytes);
            }
            at = at.saturating_add(taken);
            lent.handle_received(taken, now);
        }
    }
    length
}

/// A transport that parses nothing: it looks for the empty line and copies a constant. What is left is the floor.
#[inline(never)]
fn floor(request: &[u8], answer: &mut [u8]) -> usize {
    const CONSTANT: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
    if !request.windows(4).any(|window| window == b"\r\n\r\n") {
        return 0;
    }
    if let Some(space) = answer.get_mut(..CONSTANT.len()) {
        space.copy_from_slice(CONSTANT);
    }
    CONSTANT.len()
}

/// A loop of two instructions, `rounds` times and once more, which tells whether counting is right.
#[inline(never)]
fn known(rounds: u32) {
    cortex_m::asm::delay(rounds);
}

fn count(clock: &Clock, mut run: impl FnMut()) -> u32 {
    run(); // what is paid once is not of interest
    let before = clock.ticks();
    for _ in 0..ROUNDS {
        run();
    }
    let ticks = clock.ticks().wrapping_sub(before);
    ticks.saturating_mul(TICK) / NANOSECONDS / ROUNDS
}

#[entry]
fn main() -> ! {
    let clock = Clock::start();
    let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
    let mut storage = Storage::<NoStream, 1024, 1024, 32>::new();
    let mut answer = Aligned([0; 512]);
    let answer = &mut answer.0;
    semihosting::println!("calibration 20002 {}", count(&clock, || known(black_box(10_000))));
    for (name, request) in [("short", &SHORT.0[..]), ("browser", &BROWSER.0[..])] {
        let mut connection = Connection::new(0, None, Instant::ZERO);
        let mut length = 0;
        let cost = count(&clock, || {
            length = serve(&mut connection, &mut storage, &service, black_box(request), answer);
        });
        let status = answer.get(..12).unwrap_or_default() == b"HTTP/1.1 200";
        assert!(status && length > 12, "the answer is no 200");
        let least = count(&clock, || {
            black_box(floor(black_box(request), answer));
        });
        semihosting::println!("{name} {} {cost} {least} {length}", request.len());
    }
    semihosting::process::exit(0)
}
