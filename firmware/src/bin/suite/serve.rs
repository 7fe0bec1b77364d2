//! A conversation in memory.

use core::fmt;

use bantam_core::connection::{Connection, Storage};
use bantam_core::prelude::*;

use crate::cases::Case;

/// What LAST is answered.
const HELLO: &str = "Hello, World!";

/// Where a request is cut in two.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Nowhere,
    At(usize),
    /// Byte by byte.
    Everywhere,
}

impl Cut {
    /// Bytes to deliver, when so many have been.
    fn piece(self, delivered: usize, rest: usize) -> usize {
        match self {
            Self::Nowhere => rest,
            Self::At(at) if delivered < at => at.saturating_sub(delivered).min(rest),
            Self::At(_) => rest,
            Self::Everywhere => 1.min(rest),
        }
    }
}

static ROUTES: Router<(), 2> = Router::new([
    get("/plaintext", |_, _, response| response.text(HELLO)),
    post("/", |_, request, response| response.bytes("", request.body())),
]);

/// What came back.
pub(crate) struct Conversation {
    bytes: [u8; 2048],
    length: usize,
    is_over: bool,
}

/// Why it is not what a case says.
pub(crate) enum Wrong<'c> {
    Statuses { first: u16, number: usize },
    Content(&'c [u8]),
    StaysOpen,
}

impl fmt::Display for Wrong<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statuses { first, number } => write!(f, "{number} answers, the first {first}"),
            Self::Content(content) => write!(f, "content {:?}", core::str::from_utf8(content)),
            Self::StaysOpen => f.write_str("the connection stays open"),
        }
    }
}

/// Delivers these bytes, cut like this, and collects what comes back until the server closes.
pub(crate) fn converse(request: &[u8], cut: Cut) -> Conversation {
    let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
    let mut storage = Storage::<NoStream, 1024, 1024, 32>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut conversation = Conversation { bytes: [0; 2048], length: 0, is_over: false };
    let now = Instant::ZERO;
    let mut delivered = 0;
    let mut lent = connection.lend(&service, storage.lend(), None);
    while let Some(wants) = lent.wants() {
        if wants.run {
            lent.run_handler(now, || now);
        } else if wants.transmit {
            let sent = conversation.add(lent.poll_transmit());
            lent.handle_transmitted(sent, now);
        } else if wants.half_close {
            conversation.is_over = true;
            lent.handle_half_closed(now);
            lent.handle_peer_closed(now);
        } else {
            let rest = request.get(delivered..).unwrap_or_default();
            let space = lent.receive_space();
            let piece = cut.piece(delivered, rest.len()).min(space.len());
            if piece == 0 {
                break;
            }
            if let (Some(space), Some(bytes)) = (space.get_mut(..piece), rest.get(..piece)) {
                space.copy_from_slice(bytes);
            }
            delivered = delivered.saturating_add(piece);
            lent.handle_received(piece, now);
        }
    }
    conversation
}

impl Conversation {
    fn add(&mut self, bytes: &[u8]) -> usize {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        let taken = bytes.len().min(room.len());
        if let (Some(room), Some(bytes)) = (room.get_mut(..taken), bytes.get(..taken)) {
            room.copy_from_slice(bytes);
        }
        self.length = self.length.saturating_add(taken);
        taken
    }

    /// What is wrong with it, if anything.
    pub(crate) fn differs(&self, case: &Case) -> Option<Wrong<'_>> {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        let Some((first, behind)) = answer(bytes) else {
            return Some(Wrong::Statuses { first: 0, number: 0 });
        };
        let (last, number) = match answer(behind) {
            Some((last, [])) => (Some(last), 2),
            Some(_) => (None, 3),
            None => (None, 1),
        };
        let is_followed = last.is_some_and(|last| last.status == 200 && last.content == HELLO.as_bytes());
        if first.status != case.status
            || number != 1 + usize::from(case.persists)
            || is_followed != case.persists
        {
            return Some(Wrong::Statuses { first: first.status, number });
        }
        if case.status == 200 && first.content != case.content {
            return Some(Wrong::Content(first.content));
        }
        (!self.is_over).then_some(Wrong::StaysOpen)
    }
}

struct Answer<'a> {
    status: u16,
    content: &'a [u8],
}

/// The first answer of these bytes, and what is behind it.
fn answer(bytes: &[u8]) -> Option<(Answer<'_>, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?.saturating_add(4);
    let head = core::str::from_utf8(bytes.get(..end)?).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length: usize = length.map_or(Some(0), |length| length.parse().ok())?;
    let rest = bytes.get(end..)?;
    Some((Answer { status, content: rest.get(..length)? }, rest.get(length..)?))
}
