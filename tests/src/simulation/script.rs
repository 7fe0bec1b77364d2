//! What a script is: the bytes that a client sends, the steps by which they move, and the setup that receives them.
//! All of it follows from a seed.

use core::fmt;
use core::time::Duration;

use bantam_core::limits::{Limits, Rate};

use super::random::Random;
use super::requests;

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    /// Where it came from.
    pub seed: u64,
    /// Buffers and limits.
    pub setup: Setup,
    /// What is sent, request by request. Together they are one stream, and the last may be cut short.
    pub requests: Vec<Vec<u8>>,
    /// What happens, in order. A step that makes no sense when its turn comes is passed over.
    pub steps: Vec<Step>,
    /// What is done when the steps are used up.
    pub pace: Pace,
    /// How the stream ends.
    pub end: End,
    /// What the steps may do to the clock and the connection.
    pub timing: Timing,
}

/// Buffers and limits.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Bytes of the receive buffer.
    pub receive: usize,
    /// Bytes of the transmit buffer.
    pub transmit: usize,
    /// Field lines that are lent.
    pub lines: usize,
    /// The limits.
    pub limits: Limits,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next bytes arrive, at most this many.
    Deliver(usize),
    /// The peer takes at most this many bytes.
    Take(usize),
    /// The handler runs, for this many milliseconds.
    Run(u64),
    /// This many milliseconds pass, and the transport asks whether a deadline has.
    Pass(u64),
    /// Time passes until one microsecond before the deadline, and the transport asks too early.
    PassNearly,
    /// Time passes until the deadline.
    PassDeadline,
    /// The transport asks whether a deadline has passed, though no time has.
    Timeout,
    /// The transport looks, and does nothing.
    Look,
    /// The peer closes its side, if it has sent everything.
    PeerCloses,
    /// Our side is closed, if that is asked for.
    HalfClose,
    /// The server begins to shut down.
    ShutDown,
    /// The connection breaks.
    Reset,
}

/// What is done over and over when no step says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Most bytes delivered at once.
    pub piece: usize,
    /// Most bytes taken at once.
    pub window: usize,
    /// Whether bytes are delivered before answers are taken.
    pub reads_first: bool,
    /// Most bytes of space that the transport lends at once for content; none if it does not.
    pub space: usize,
}

/// How a stream of requests ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closes its side.
    Closed,
    /// The peer says nothing more.
    Silence,
}

/// What the steps of a script may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Little time passes: nothing but the bytes decides what is answered.
    Calm,
    /// Time passes, but every deadline is kept by a microsecond.
    Brink,
    /// Deadlines pass, connections break, the server shuts down.
    Rough,
}

impl Pace {
    /// Everything at once.
    pub const WHOLE: Self = Self { piece: usize::MAX, window: usize::MAX, reads_first: false, space: 0 };
}

impl Script {
    /// The script of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let setup = Setup::random(&mut random);
        let count = if random.once_in(16) { random.between(6, 24) } else { random.between(1, 5) };
        let may_be_bad = random.once_in(2);
        let mut requests: Vec<_> =
            (0..count).map(|_| requests::request(&mut random, &setup, may_be_bad)).collect();
        if let Some(last) = requests.last_mut().filter(|_| random.once_in(4)) {
            last.truncate(random.below(last.len() + 1));
        }
        let timing = *random.pick(&[Timing::Calm, Timing::Calm, Timing::Brink, Timing::Rough]);
        let length = requests.iter().map(Vec::len).sum();
        let steps = (0..random.below(60)).map(|_| Step::random(&mut random, timing, length)).collect();
        let pace = Pace {
            piece: *random.pick(&[1, 7, 64, 500, usize::MAX]),
            window: *random.pick(&[1, 5, 100, 1_000, usize::MAX]),
            reads_first: random.once_in(2),
            space: *random.pick(&[0, 0, 1, 100, 1_000, 1 << 16]),
        };
        let end = *random.pick(&[End::Closed, End::Silence]);
        Self { seed, setup, requests, steps, pace, end, timing }
    }

    /// A script of these requests and no steps.
    #[must_use]
    pub fn of(setup: Setup, requests: &[&str], end: End) -> Self {
        let requests = requests.iter().map(|request| request.as_bytes().to_vec()).collect();
        Self { seed: 0, setup, requests, steps: Vec::new(), pace: Pace::WHOLE, end, timing: Timing::Calm }
    }

    /// All that the client sends.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.requests.concat()
    }
}

impl Setup {
    /// Enough of everything for small scripts.
    pub const ROOMY: Self = Self { receive: 4_096, transmit: 4_096, lines: 128, limits: Limits::DEFAULT };

    fn random(random: &mut Random) -> Self {
        let receive = *random.pick(&[256, 400, 1_024, 1_024, 4_096]);
        let rate = Rate { grace: Duration::from_secs(10), bytes_per_second: 1_024 };
        let limits = Limits {
            request_line: *random.pick(&[120, 300, 8_192]),
            field_section: *random.pick(&[150, 600, 20_480]),
            field_lines: *random.pick(&[6, 20, 128]),
            empty_lines: *random.pick(&[1, 4]),
            content: *random.pick(&[300, 2_000, u64::MAX]),
            chunk_extensions: *random.pick(&[8, 40, 4_096]),
            trailer_section: *random.pick(&[10, 60, 4_096]),
            discard: *random.pick(&[20, 300, 65_536]),
            requests: *random.pick(&[0, 0, 0, 3]),
            age: Duration::MAX,
            head: Duration::from_secs(10),
            content_rate: rate,
            transmit_rate: rate,
            source: Duration::from_secs(60),
            idle: Duration::from_secs(15),
            idle_crowded: Duration::from_secs(5),
            linger: Duration::from_secs(2),
            linger_bytes: *random.pick(&[100, 1_048_576]),
        };
        let transmit = *random.pick(&[768, 1_024, 4_096, 16_384]);
        Self { receive, transmit, lines: *random.pick(&[8, 128]), limits }
    }
}

impl Step {
    fn random(random: &mut Random, timing: Timing, length: usize) -> Self {
        let few = random.between(1, 9);
        match (random.below(20), timing) {
            (0..=3, _) => Self::Deliver(few),
            (4..=6, _) => Self::Deliver(random.between(1, length / 4 + 1)),
            (7..=8, _) => Self::Take(few),
            (9..=10, _) => Self::Take(random.between(1, 400)),
            (11, Timing::Calm) => Self::Run(random.below(20) as u64),
            (11, Timing::Brink) => Self::Run(0),
            (11, Timing::Rough) => Self::Run(*random.pick(&[0, 50, 9_999, 30_000])),
            (12, _) => Self::Run(0),
            (13, _) => Self::Look,
            (14, _) => Self::Timeout,
            (15, _) => Self::HalfClose,
            (16, _) => Self::PeerCloses,
            (17, Timing::Calm) => Self::Pass(random.below(20) as u64),
            (17, Timing::Brink) => Self::PassNearly,
            (17, Timing::Rough) => Self::Pass(*random.pick(&[10, 1_000, 5_000, 20_000])),
            (18, Timing::Calm) => Self::Timeout,
            (18, Timing::Brink) => Self::PassNearly,
            (18, Timing::Rough) => *random.pick(&[Self::PassNearly, Self::PassNearly, Self::PassDeadline]),
            (_, Timing::Rough) if random.once_in(3) => {
                *random.pick(&[Self::ShutDown, Self::ShutDown, Self::Reset])
            }
            _ => Self::Look,
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setup { receive, transmit, lines, limits } = &self.setup;
        writeln!(f, "seed {}, {:?}, ends in {:?}", self.seed, self.timing, self.end)?;
        writeln!(f, "buffers of {receive} and {transmit} bytes, {lines} field lines; {limits:?}")?;
        for request in &self.requests {
            writeln!(f, "request b\"{}\"", request.escape_ascii())?;
        }
        writeln!(f, "steps {:?}, then {:?}", self.steps, self.pace)
    }
}
