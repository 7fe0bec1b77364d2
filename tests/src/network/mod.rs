//! The server over smoltcp, and a client over another stack, joined by a cable in memory. Time stands still until
//! nothing more can happen, and then moves on to whatever is due next: a minute of silence takes no time at all, and
//! the same seed plays the same run.

mod cable;
mod lender;
mod peer;

use core::cell::Cell;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::rc::Rc;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::drivers::Clock;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use bantam_transport_smoltcp::smoltcp::phy::FaultInjector;
use bantam_transport_smoltcp::{Config, HeapMemory, Parts, Server};

pub use self::cable::Weather;
use self::cable::{Cable, Plug};
pub use self::lender::Lease;
use self::peer::{CLIENT, Peer, SERVER, SERVER_V6};
use crate::serves::Serves;

/// The port that the server listens on.
const PORT: u16 = 80;
/// Steps without which a test is taken to run for ever.
const STEPS: u32 = 20_000_000;
/// Turns that a server may ask for at once without anything coming of them.
const SPINS: u32 = 64;
/// Rings of a client.
const RING: usize = 65_535;

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
    plug: FaultInjector<Plug>,
    clock: Stopped,
    peer: Peer,
    cable: Rc<Cable>,
    /// By when the server wants to be called again.
    wakes: Option<Instant>,
    /// What the DHCP server lends, if there is one.
    lease: Option<Lease>,
}

/// A connection of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line(usize);

/// Whose name stands on requests for connections that are never completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody beyond the gateway, who answers nothing.
    Silent,
    /// Somebody in this network who is not there: nobody says where to send the answer.
    Nobody,
    /// The client, who answers with a reset.
    Refusing,
}

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
        let config = config().with_address(SERVER, 24).with_address(SERVER_V6, 64);
        Self::with_config(service, parts, weather, &config)
    }

    /// The same with this configuration.
    ///
    /// # Panics
    /// When the server cannot be made.
    #[must_use]
    pub fn with_config(
        service: &'s Service<'s, A, S>,
        parts: Parts<'s, S>,
        weather: Weather,
        config: &Config,
    ) -> Self {
        let clock = Stopped(Rc::new(Cell::new(1_000_000_000)));
        let cable = Rc::new(Cable::new(weather));
        let seed = u32::try_from(weather.seed % 1_000_000).unwrap_or(0) + 1;
        let mut plug = FaultInjector::new(Plug::new(Rc::clone(&cable), 0), seed);
        let server = Server::new(parts, config, &mut plug, clock.now()).expect("a good configuration");
        let now = clock.now();
        let peer = Peer::new(Plug::new(Rc::clone(&cable), 1), now);
        Self { service, server, plug, clock, peer, cable, wakes: Some(now), lease: None }
    }

    /// Asks for a connection.
    pub fn connect(&mut self) -> Line {
        self.connect_with(SERVER, RING)
    }

    /// Asks for a connection to a server with this address, with rings of so many bytes.
    pub fn connect_with(&mut self, server: impl Into<IpAddr>, ring: usize) -> Line {
        Line(self.peer.connect(server.into(), PORT, ring))
    }

    /// Asks for a connection by IPv6.
    pub fn connect_by_ipv6(&mut self) -> Line {
        self.connect_with(SERVER_V6, RING)
    }

    /// Asks for a connection from the port that another one had.
    pub fn connect_again(&mut self, line: Line) -> Line {
        let own = self.peer.lines[line.0].port;
        Line(self.peer.connect_from(own, SERVER.into(), PORT, RING))
    }

    /// Asks once more for a connection that has been asked for: a frame that comes late.
    pub fn repeat_syn(&mut self, line: Line) {
        let now = self.now();
        self.peer.repeat_syn(line.0, PORT, now);
    }

    /// The client acknowledges no sooner than this, unless it has something to say; without a delay at once.
    pub fn set_ack_delay(&mut self, line: Line, delay: Option<Duration>) {
        self.peer.set_ack_delay(line.0, delay);
    }

    /// There is a DHCP server that lends this; or none any more.
    pub fn lend(&mut self, lease: Option<Lease>) {
        self.lease = lease;
    }

    /// The client forgets a connection, without a word.
    pub fn forget(&mut self, line: Line) {
        self.peer.forget(line.0);
    }

    /// The client forgets a connection, without a word, and this line is another's from now on.
    pub fn leave(&mut self, line: Line) {
        self.peer.leave(line.0);
    }

    /// The client is gone, without a word.
    pub fn vanish(&mut self, line: Line) {
        self.cable.silence(self.peer.lines[line.0].port);
    }

    /// Lets the stack's own injector of faults drop and damage frames, in per cent of them.
    pub fn inject_faults(&mut self, dropped: u8, corrupted: u8) {
        self.plug.set_drop_chance(dropped);
        self.plug.set_corrupt_chance(corrupted);
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

    /// Takes what has come on a connection.
    pub fn take(&mut self, line: Line) -> Vec<u8> {
        core::mem::take(&mut self.peer.lines[line.0].received)
    }

    /// Whether all that the client has sent is acknowledged.
    #[must_use]
    pub fn has_sent(&self, line: Line) -> bool {
        self.peer.has_sent(line.0)
    }

    /// Whether the client has nothing to do with a connection any more.
    #[must_use]
    pub fn is_gone(&self, line: Line) -> bool {
        self.peer.is_gone(line.0)
    }

    /// Resets that the server has sent.
    #[must_use]
    pub fn resets(&self) -> u64 {
        self.cable.resets(0)
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

    /// Somebody says that he wants a connection, `count` times, and never says more.
    pub fn send_lone_syns(&mut self, count: u16, origin: Origin) {
        self.send_lone_syns_to(SERVER, count, origin);
    }

    /// A host with this address in the server's network wants a connection, and never says more.
    pub fn send_syn_from(&mut self, source: impl Into<IpAddr>) {
        let source = source.into();
        let server = if source.is_ipv4() { SERVER.into() } else { SERVER_V6.into() };
        let now = self.now();
        self.peer.send_lone_syns(1, (source, server), PORT, now);
    }

    /// The same as [`send_lone_syns`](Self::send_lone_syns) to whoever has this address.
    pub fn send_lone_syns_to(&mut self, address: Ipv4Addr, count: u16, origin: Origin) {
        let source = match origin {
            Origin::Silent => Ipv4Addr::new(192, 0, 2, 1),
            Origin::Nobody => Ipv4Addr::new(10, 0, 0, 99),
            Origin::Refusing => CLIENT,
        };
        let now = self.now();
        self.peer.send_lone_syns(count, (source.into(), address.into()), PORT, now);
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
        let mut spins = 0;
        for _ in 0..STEPS {
            if is_done(self) {
                return true;
            }
            let now = self.now();
            let is_due = self.wakes.is_some_and(|wakes| wakes <= now);
            let (has_frame, sent) = (self.cable.has_frame(0, now), self.frames().0);
            if is_due || has_frame {
                self.turn();
                let is_idle = !has_frame && self.frames().0 == sent;
                spins = if is_idle { spins + 1 } else { 0 };
                assert!(spins < SPINS, "the server wants to be called again and again: {:?}", self.server);
                continue;
            }
            if let Some(frame) = self.cable.take_question() {
                if let Some(answer) = self.lease.and_then(|lease| lease.answer(&frame)) {
                    self.cable.send(0, answer, now);
                }
                continue;
            }
            if self.peer.step(now) {
                // What it does may be all that the server waits for.
                continue;
            }
            let next = [self.wakes, self.peer.wakes_at(now), self.cable.next_arrival()];
            let next =
                next.into_iter().flatten().min().unwrap_or(end).max(now.after(Duration::from_micros(1)));
            spins = 0;
            if next > end {
                self.clock.0.set(end.as_micros());
                return is_done(self);
            }
            self.clock.0.set(next.as_micros());
        }
        panic!("time does not pass: {:?}", self.server);
    }

    /// The server begins to drain.
    pub fn drain(&mut self) {
        self.service.drain();
        self.server.drain();
        self.turn();
    }

    /// The server ends all connections.
    pub fn cut(&mut self) {
        self.server.cut(self.service, self.clock.now());
        self.turn();
    }

    /// Frames that have arrived at the server and are not taken in yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.cable.waiting(0, self.now())
    }

    /// One turn of the server, whatever it waits for.
    pub fn turn(&mut self) {
        self.wakes = self.server.turn(&mut self.plug, self.service, &self.clock);
    }
}

/// A configuration without an address.
#[must_use]
pub fn config() -> Config {
    Config::new([2, 0, 0, 0, 0, 1]).with_port(PORT).with_seed(7).with_gateway(CLIENT)
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
        self.peer.hang_up(line.0);
        self.take(line)
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
