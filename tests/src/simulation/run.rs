//! Plays a script on a connection, and watches that it keeps its word on the way: what it wants can be done, every wait
//! has a deadline, and a deadline that passes moves it.

use core::time::Duration;

use bantam_core::connection::state::Phase;
use bantam_core::connection::{Buffers, Connection, Exchange};
use bantam_core::message::date::Date;
use bantam_core::parse::field_line::FieldLine;
use bantam_core::service::Service;
use bantam_core::time::Instant;

use super::app::{App, CHAIN, Event, ROUTES, Streams};
use super::script::{End, Pace, Script, Step};

/// How a script is played.
#[derive(Clone, Copy, Debug)]
pub struct Mode<'m> {
    /// What it is called in messages.
    pub name: &'static str,
    /// The steps.
    pub steps: &'m [Step],
    /// What is done when they are used up.
    pub pace: Pace,
    /// Where in the stream the client waits until the server has nothing more to say.
    pub waits_at: &'m [usize],
    /// What the buffers hold where nothing was written.
    pub poison: &'static [u8],
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Played {
    /// All that the server sent.
    pub output: Vec<u8>,
    /// How many bytes had been delivered when so many had been produced.
    pub marks: Vec<(usize, usize)>,
    /// How many bytes had been produced when the client had waited at this place of the stream.
    pub waited: Vec<(usize, usize)>,
    /// Where deliveries ended.
    pub cuts: Vec<usize>,
    /// What the middleware saw.
    pub events: Vec<Event>,
    /// How often the buffers were exchanged.
    pub exchanged: usize,
    /// What happened to it.
    pub incidents: Incidents,
}

/// What happened to a connection beside bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incidents {
    /// It was broken.
    pub is_reset: bool,
    /// How many bytes had been produced when the server began to shut down, if it did.
    pub shut_down_at: Option<usize>,
    /// A deadline passed before all was delivered and taken.
    pub is_late: bool,
    /// It ended with bytes that the peer had not taken.
    pub is_left: bool,
    /// It ended with bytes that had not been delivered.
    pub is_unread: bool,
    /// It closed its side before it ended.
    pub is_half_closed: bool,
}

/// Buffers that outlive scripts.
#[derive(Debug)]
pub struct BufferPair([BufferSet; 2]);

#[derive(Debug)]
struct BufferSet {
    receive: Vec<u8>,
    transmit: Vec<u8>,
    lines: Vec<FieldLine>,
    exchange: Exchange<Streams>,
}

impl Default for BufferPair {
    fn default() -> Self {
        let set = || BufferSet {
            receive: vec![0; 65_535],
            transmit: vec![0; 65_535],
            lines: vec![FieldLine::EMPTY; 128],
            exchange: Exchange::default(),
        };
        Self([set(), set()])
    }
}

/// Most steps of a script without deliveries and transmissions, and so of one that makes no progress.
const PATIENCE: usize = 2_000;

/// Bounds on what is sent: the largest answer is static, and asked for in less than forty bytes.
const ANSWERS_AT_LEAST: usize = 10_000;
const ANSWERS_FOR_A_BYTE: usize = 400;

/// Plays `script` in this mode.
///
/// # Errors
/// What the connection did wrong.
pub fn play(script: &Script, mode: &Mode<'_>, pair: &mut BufferPair) -> Result<Played, String> {
    let app = App::default();
    let setup = &script.setup;
    let service = Service::new(&app, &ROUTES).with_middleware(&CHAIN).with_limits(setup.limits.clone());
    for set in &mut pair.0 {
        poison(&mut set.receive[..setup.receive], mode.poison);
        poison(&mut set.transmit[..setup.transmit], mode.poison);
        set.exchange = Exchange::default();
    }
    let now = Instant::from_millis(1_000_000);
    let mut stage = Stage {
        script,
        mode,
        service: &service,
        bytes: script.bytes(),
        connection: Connection::new(0, None, now),
        lent: 0,
        now,
        delivered: 0,
        has_closed: false,
        produced: 0,
        idle_steps: 0,
        played: Played::default(),
    };
    stage.run(pair)?;
    let mut played = stage.played;
    played.events = app.events.take();
    Ok(played)
}

/// Fills `space` with these bytes, over and over.
fn poison(space: &mut [u8], bytes: &[u8]) {
    for piece in space.chunks_mut(bytes.len()) {
        piece.copy_from_slice(&bytes[..piece.len()]);
    }
}

struct Stage<'s> {
    script: &'s Script,
    mode: &'s Mode<'s>,
    service: &'s Service<'s, App, Streams>,
    bytes: Vec<u8>,
    connection: Connection,
    lent: usize,
    now: Instant,
    delivered: usize,
    /// Whether the peer has closed its side.
    has_closed: bool,
    produced: usize,
    /// Steps since bytes moved.
    idle_steps: usize,
    played: Played,
}

impl Stage<'_> {
    fn run(&mut self, pair: &mut BufferPair) -> Result<(), String> {
        let mut steps = self.mode.steps.iter().copied();
        loop {
            let waits = self.mode.waits_at.contains(&self.delivered)
                && !self.played.waited.iter().any(|(place, _)| *place == self.delivered);
            let setup = &self.script.setup;
            let set = &mut pair.0[self.lent];
            let buffers = Buffers::new(
                &mut set.receive[..setup.receive],
                &mut set.transmit[..setup.transmit],
                &mut set.lines[..setup.lines],
                &mut set.exchange,
            );
            let date = Date::from_unix(1_795_435_200);
            let is_sending = self.connection.phase() == Phase::SendResponse;
            let mut lent = self.connection.lend(self.service, buffers, Some(date));
            let Pace { piece, window, reads_first, space } = self.mode.pace;
            lent.set_fills(space > 0);
            let Some(wants) = lent.wants() else {
                let is_taken = self.produced == self.played.output.len();
                self.played.incidents.is_left = !is_taken;
                self.played.incidents.is_unread = self.delivered < self.bytes.len();
                return Ok(());
            };
            self.idle_steps += 1;
            if self.idle_steps > PATIENCE {
                return Err(format!("it does not end: {wants:?}"));
            }
            if self.produced > ANSWERS_AT_LEAST + self.bytes.len() * ANSWERS_FOR_A_BYTE {
                return Err("more is answered than can have been asked".to_owned());
            }
            if lent.wants() != Some(wants) {
                return Err("asking what it wants changes what it wants".to_owned());
            }
            if wants.deadline == Instant::NEVER && !wants.run {
                return Err(format!("a wait without a deadline: {wants:?}"));
            }
            if wants.transmit == lent.poll_transmit().is_empty() {
                return Err(format!("{} bytes to transmit, but {wants:?}", lent.poll_transmit().len()));
            }
            if wants.receive && lent.receive_space().is_empty() {
                return Err("bytes are wanted without space for them".to_owned());
            }
            let left = self.bytes.len() - self.delivered;
            let can_deliver = wants.receive && left > 0 && !waits;
            let scripted = steps.next();
            let is_scripted = scripted.is_some();
            let step = scripted.unwrap_or(if wants.run {
                Step::Run(0)
            } else if can_deliver && reads_first {
                Step::Deliver(piece)
            } else if wants.transmit || wants.fill {
                Step::Take(window)
            } else if wants.half_close {
                Step::HalfClose
            } else if can_deliver {
                Step::Deliver(piece)
            } else if wants.receive && left > 0 {
                self.played.waited.push((self.delivered, self.produced));
                continue;
            } else if left == 0 && !self.has_closed && self.script.end == End::Closed {
                Step::PeerCloses
            } else {
                Step::PassDeadline
            });
            match step {
                Step::Deliver(most) if can_deliver => {
                    let next_wait = self.mode.waits_at.iter().find(|at| **at > self.delivered);
                    let most = next_wait.map_or(most, |at| most.min(at - self.delivered));
                    let space = lent.receive_space();
                    let length = most.min(left).min(space.len());
                    let (to, behind) = space.split_at_mut(length);
                    to.copy_from_slice(&self.bytes[self.delivered..self.delivered + length]);
                    // Nothing behind what was written may matter.
                    behind.iter_mut().zip(self.mode.poison).for_each(|(to, from)| *to = *from);
                    self.delivered += length;
                    self.played.cuts.push(self.delivered);
                    self.idle_steps = 0;
                    lent.handle_received(length, self.now);
                }
                Step::Take(most) if wants.transmit => {
                    let bytes = lent.poll_transmit();
                    let length = bytes.len().min(most);
                    self.played.output.extend_from_slice(&bytes[..length]);
                    self.idle_steps = 0;
                    lent.handle_transmitted(length, self.now);
                }
                Step::Take(most) if wants.fill => {
                    // Nothing that stands there may matter, and what is not filled stays.
                    let mut lent_space = vec![b'?'; space.min(most)];
                    let length = lent.fill(&mut lent_space, self.now);
                    self.played.output.extend_from_slice(&lent_space[..length]);
                    if length > 0 {
                        self.idle_steps = 0;
                    }
                }
                Step::Run(millis) => {
                    let after = self.now.after(Duration::from_millis(millis));
                    if wants.run {
                        lent.run_handler(self.now, || after);
                        self.now = after;
                    } else {
                        lent.run_handler(self.now, || {
                            unreachable!("it runs no handler that it does not want to")
                        });
                    }
                }
                Step::Pass(millis) => {
                    self.now = self.now.after(Duration::from_millis(millis));
                    self.played.incidents.is_late |= self.now >= wants.deadline;
                    lent.handle_timeout(self.now);
                }
                Step::PassNearly if wants.deadline != Instant::NEVER => {
                    let nearly = Instant::from_micros(wants.deadline.as_micros().saturating_sub(1));
                    self.now = self.now.max(nearly);
                    lent.handle_timeout(self.now);
                    // A source is asked again whenever there is an occasion.
                    let may_act = is_sending || self.now >= wants.deadline;
                    if !may_act && lent.wants() != Some(wants) {
                        return Err(format!(
                            "a deadline acts before its time: {wants:?}, {:?}",
                            lent.wants()
                        ));
                    }
                }
                Step::PassDeadline if wants.deadline != Instant::NEVER => {
                    self.now = self.now.max(wants.deadline);
                    lent.handle_timeout(self.now);
                    let then = lent.wants();
                    let is_moved = then.is_none_or(|then| {
                        then.deadline > self.now
                            || then.run
                            || then.transmit != wants.transmit
                            || then.fill != wants.fill
                            || then.half_close
                    });
                    if !is_moved {
                        return Err(format!("a deadline passes in vain: {wants:?}, {then:?}"));
                    }
                    self.played.incidents.is_late |= is_scripted;
                }
                Step::Timeout => {
                    self.played.incidents.is_late |= self.now >= wants.deadline;
                    lent.handle_timeout(self.now);
                }
                Step::PeerCloses if left == 0 && !self.has_closed && self.script.end == End::Closed => {
                    self.has_closed = true;
                    lent.handle_peer_closed(self.now);
                }
                Step::HalfClose if wants.half_close => {
                    self.played.incidents.is_half_closed = true;
                    lent.handle_half_closed(self.now);
                }
                Step::ShutDown => {
                    self.played.incidents.shut_down_at.get_or_insert(self.produced);
                    self.service.drain();
                    lent.handle_shutdown(self.now);
                }
                Step::Reset => {
                    self.played.incidents.is_reset = true;
                    lent.handle_broken(self.now);
                    if lent.wants().is_some() {
                        return Err("a broken connection lives on".to_owned());
                    }
                }
                Step::Look
                | Step::Deliver(_)
                | Step::Take(_)
                | Step::PassNearly
                | Step::PassDeadline
                | Step::PeerCloses
                | Step::HalfClose => {}
            }
            let produced = self.played.output.len() + lent.poll_transmit().len();
            if produced > self.produced {
                self.produced = produced;
                self.idle_steps = 0;
                self.played.marks.push((produced, self.delivered));
            }
            if !self.connection.holds_buffers() && self.connection.phase() != Phase::Closed {
                self.lent = 1 - self.lent;
                self.played.exchanged += 1;
            }
        }
    }
}
