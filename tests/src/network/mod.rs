//! The server over smoltcp, and a client over another stack, joined by a cable in memory. Time stands still until
//! nothing more can happen, and then moves on to whatever is due next: a minute of silence takes no time at all, and
//! the same seed plays the same run.

mod cable;
mod peer;

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::drivers::Clock;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use bantam_transport_smoltcp::{Config, HeapMemory, Parts, Server};

pub use self::cable::Weather;
use self::cable::{Cable, Plug};
use self::peer::Peer;
use crate::serves::Serves;

/// The port that the server listens on.
const PORT: u16 = 80;
/// Steps without which a test is taken to run for ever.
const STEPS: u32 = 20_000_000;

/// Time as the test says.
#[derive(Clone, Debug)]
pub struct Stopped(Rc<Cell<u64>>);

impl Clock for Stopped {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.get())
    }

    fn unix_seconds(&self) -> Option<u64> {
        Some(1_795_435_200)
    }
}

/// A server, a client, and the cable between them.
pub struct Network<'s, A, S> {
    service: &'s Service<'s, A, S>,
    server: Server<'s, S>,
    plug: Plug,
    clock: Stopped,
    peer: Peer,
    cable: Rc<Cable>,
    /// By when the server wants to be called again.
    wakes: Option<Instant>,
}

/// A connection of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line(usize);

/// How a connection stands, as its client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The handshake is under way.
    Connecting,
    /// Bytes can come.
    Open,
    /// The server has closed its side, after all bytes.
    Closed,
    /// It was refused or reset.
    Reset,
}

impl<'s, A, S: Source<A> + Sink<A>> Network<'s, A, S> {
    /// A network in fair weather, with eight slots, two spares and rings of 4 KiB. The memory stays until the test
    /// program ends.
    #[must_use]
    pub fn new(service: &'s Service<'s, A, S>) -> Self
    where
        S: 's,
    {
        let memory: &'s mut HeapMemory<S> =
            Box::leak(Box::new(HeapMemory::new(8, 2, 4_096).with_messages(8, 32_768, 32_768, 128)));
        Self::with(service, memory.parts(), Weather::FAIR)
    }

    /// A network with this memory, in this weather.
    ///
    /// # Panics
    /// When the server cannot be made.
    #[must_use]
    pub fn with(service: &'s Service<'s, A, S>, parts: Parts<'s, S>, weather: Weather) -> Self {
        let clock = Stopped(Rc::new(Cell::new(1_000_000_000)));
        let cable = Rc::new(Cable::new(weather));
        let mut plug = Plug::new(Rc::clone(&cable), 0);
        let config =
            Config::new([2, 0, 0, 0, 0, 1]).with_address([10, 0, 0, 1], 24).with_port(PORT).with_seed(7);
        let config = config.with_address([0xfd00, 0, 0, 0, 0, 0, 0, 1], 64);
        let server = Server::new(parts, &config, &mut plug, clock.now()).expect("a good configuration");
        let peer = Peer::new(Plug::new(Rc::clone(&cable), 1), clock.now());
        Self { service, server, plug, clock, peer, cable, wakes: None }
    }

    /// Asks for a connection.
    pub fn connect(&mut self) -> Line {
        Line(self.peer.connect(PORT))
    }

    /// The client has more to send on a connection.
    pub fn send(&mut self, line: Line, bytes: &[u8]) {
        self.peer.lines[line.0].unsent.extend(bytes);
    }

    /// The client closes its side when all is sent.
    pub fn close(&mut self, line: Line) {
        self.peer.lines[line.0].closes = true;
    }

    /// The client resets the connection.
    pub fn reset(&mut self, line: Line) {
        self.peer.reset(line.0);
    }

    /// The client takes no more bytes than this from now on.
    pub fn take_only(&mut self, line: Line, bytes: usize) {
        let line = &mut self.peer.lines[line.0];
        line.takes = line.received.len() + bytes;
    }

    /// What has come on a connection.
    #[must_use]
    pub fn received(&self, line: Line) -> &[u8] {
        &self.peer.lines[line.0].received
    }

    /// How a connection stands.
    #[must_use]
    pub fn standing(&self, line: Line) -> Standing {
        self.peer.standing(line.0)
    }

    /// The server.
    pub fn server(&mut self) -> &mut Server<'s, S> {
        &mut self.server
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &'s Service<'s, A, S> {
        self.service
    }

    /// Changes the weather.
    pub fn set_weather(&mut self, weather: Weather) {
        self.cable.set_weather(weather);
    }

    /// Frames that have been sent so far, by the server and by the client.
    #[must_use]
    pub fn frames(&self) -> (u64, u64) {
        self.cable.frames()
    }

    /// The client says that it wants a connection, `count` times, and never says more.
    pub fn send_lone_syns(&mut self, count: u16) {
        self.peer.send_lone_syns(count, PORT);
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Goes on until `is_done`.
    ///
    /// # Panics
    /// When that does not come to be within ten minutes of virtual time.
    pub fn run_until(&mut self, is_done: impl FnMut(&mut Self) -> bool) {
        let came = self.run_for_until(Duration::from_secs(600), is_done);
        assert!(came, "what is awaited never comes: {:?}", self.server);
    }

    /// Goes on for this long.
    pub fn run_for(&mut self, time: Duration) {
        self.run_for_until(time, |_| false);
    }

    /// Goes on until `is_done`, for this long at most; whether it came to be.
    ///
    /// # Panics
    /// When something happens again and again without time passing.
    pub fn run_for_until(&mut self, time: Duration, mut is_done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now().after(time);
        for _ in 0..STEPS {
            if is_done(self) {
                return true;
            }
            let now = self.now();
            let is_due = self.wakes.is_some_and(|wakes| wakes <= now);
            if is_due || self.cable.has_frame(0, now) {
                self.wakes = self.server.turn(&mut self.plug, self.service, &self.clock);
                continue;
            }
            if self.peer.step(now) {
                // What it does may be all that the server waits for.
                continue;
            }
            let next = [self.wakes, self.peer.wakes_at(now), self.cable.next_arrival()];
            let next =
                next.into_iter().flatten().min().unwrap_or(end).max(now.after(Duration::from_micros(1)));
            if next > end {
                self.clock.0.set(end.as_micros());
                return is_done(self);
            }
            self.clock.0.set(next.as_micros());
        }
        panic!("time does not pass: {:?}", self.server);
    }

    /// One turn of the server, whatever it waits for.
    pub fn turn(&mut self) {
        self.wakes = self.server.turn(&mut self.plug, self.service, &self.clock);
    }
}

impl<A, S: Source<A> + Sink<A>> Serves for Network<'_, A, S> {
    fn converse(&mut self, pieces: &[&[u8]], closes: bool) -> Vec<u8> {
        let line = self.connect();
        for piece in pieces {
            self.send(line, piece);
            // Each piece is a segment of its own.
            self.run_until(|network| {
                network.peer.has_sent(line.0) || network.standing(line) == Standing::Reset
            });
        }
        if closes {
            self.close(line);
        }
        self.run_until(|network| matches!(network.standing(line), Standing::Closed | Standing::Reset));
        assert_eq!(
            self.standing(line),
            Standing::Closed,
            "reset after {:?}",
            String::from_utf8_lossy(self.received(line))
        );
        let received = core::mem::take(&mut self.peer.lines[line.0].received);
        self.peer.hang_up(line.0);
        received
    }

    fn name(&self) -> &'static str {
        "over smoltcp"
    }

    fn origin(&self) -> Option<&'static str> {
        Some("10.0.0.2")
    }
}

impl<A, S> core::fmt::Debug for Network<'_, A, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Network").field("server", &self.server).finish_non_exhaustive()
    }
}
