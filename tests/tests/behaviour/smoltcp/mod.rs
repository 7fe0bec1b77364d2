//! What only the server over smoltcp has: few sockets, a wire that loses and damages frames, a stack that has to be
//! called in time. What it has in common with the others, the other suites ask of it.

mod admission;
mod deadlines;
mod footprint;
mod lease;
mod segments;
mod shutdown;
mod soak;
mod versions;
mod weather;
mod work;

use bantam_core::limits::Limits;
use bantam_core::prelude::Service;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{self, App, Streams};
use bantam_tests::network::{Line, Network, Standing};
use bantam_transport_smoltcp::HeapMemory;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

type Net<'s> = Network<'s, App, Streams>;
type Mine = Service<'static, App, Streams>;

fn service() -> Mine {
    app::service(Limits::DEFAULT)
}

/// Memory with rings of `ring` bytes.
fn memory(slots: usize, spares: usize, ring: usize, messages: usize) -> HeapMemory<Streams> {
    HeapMemory::new(slots, spares, ring).with_messages(messages, 16_384, 16_384, 128)
}

/// The answers that have come, the last of which may have to come yet.
fn answers(network: &Net<'_>, line: Line) -> Vec<Answer> {
    let (mut rest, mut answers) = (network.received(line), Vec::new());
    let is_end = network.standing(line) == Standing::Closed;
    while let Ok(answer::Read::Whole(answer, length)) = Answer::read(rest, "GET", is_end) {
        if length == 0 || rest.is_empty() {
            break;
        }
        answers.push(answer);
        rest = &rest[length..];
    }
    answers
}

/// Asks on a connection, and waits for the answer.
fn ask(network: &mut Net<'_>, line: Line, request: &str) -> Answer {
    network.send(line, request.as_bytes());
    let before = answers(network, line).len();
    network.run_until(|network| answers(network, line).len() > before);
    answers(network, line).remove(before)
}

/// Waits until the server has no connection left.
fn assert_all_free(network: &mut Net<'_>) {
    network.run_until(|network| network.server().connections() == 0);
}
