//! Linux: one epoll for all workers. Connections are edge-triggered and added once; the kernel gives each edge to one
//! waiting thread. Listeners are level-triggered, so that what one turn leaves is offered again.

use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use bantam_core::time::Instant;
use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};

use super::{Event, MOST_LISTENERS};
use crate::fault::{self, Call};

/// Events taken in one wait. Few, so that no worker hoards what another could serve.
const BATCH: usize = 16;

const WAKE: u64 = u64::MAX;
/// Listeners are numbered downwards from here, and no slot has a number as high as the last of them.
const LISTENERS: u64 = WAKE - 1;
const LAST_LISTENER: u64 = LISTENERS - MOST_LISTENERS as u64;

/// The sockets that this poller watches.
pub(crate) type Stream = TcpStream;
pub(crate) type Listening = TcpListener;

/// A read or write that moved less than was asked for has emptied or filled the socket, and the next edge will tell
/// when that changes; asking again would only be refused.
pub(crate) const DRAINED_BY_SHORT: bool = true;

#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
}

/// Wakes one worker for each call.
#[derive(Debug)]
pub(crate) struct Waker {
    event: OwnedFd,
}

impl Waker {
    pub(crate) fn wake(&self) {
        // The counter never overflows: that would take 2^64 calls.
        let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
    }
}

pub(crate) struct Events {
    ready: Vec<epoll::Event>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { ready: Vec::with_capacity(BATCH) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.ready.iter().map(|event| match event.data.u64() {
            WAKE => Event::Wake,
            token @ LAST_LISTENER..=LISTENERS => Event::Listener((LISTENERS - token) as usize),
            token => {
                let flags = event.flags;
                let hangup = flags
                    .intersects(epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR);
                let readable = flags.contains(epoll::EventFlags::IN);
                Event::Connection {
                    slot: token as u32,
                    generation: Some((token >> 32) as u32),
                    readable,
                    hangup,
                }
            }
        })
    }
}

impl Poller {
    pub(crate) fn new() -> io::Result<(Self, Waker)> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&epoll, &event, epoll::EventData::new_u64(WAKE), flags)?;
        Ok((Self { epoll }, Waker { event }))
    }

    pub(crate) fn add_listener(&self, place: usize, listener: &mut Listening) -> io::Result<()> {
        let data = epoll::EventData::new_u64(LISTENERS - place as u64);
        Ok(epoll::add(&self.epoll, listener, data, epoll::EventFlags::IN)?)
    }

    /// Stops telling of waiting connections, or tells of them again.
    pub(crate) fn watch_listener(&self, place: usize, listener: &Listening, watch: bool) -> io::Result<()> {
        let data = epoll::EventData::new_u64(LISTENERS - place as u64);
        let flags = if watch { epoll::EventFlags::IN } else { epoll::EventFlags::empty() };
        Ok(epoll::modify(&self.epoll, listener, data, flags)?)
    }

    pub(crate) fn remove_listener(&self, listener: &mut Listening) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, listener)?)
    }

    /// Watches a connection until it is closed; the generation tells its events from those of an earlier one.
    pub(crate) fn add(&self, stream: &mut Stream, slot: u32, generation: u32) -> io::Result<()> {
        use epoll::EventFlags as Flags;
        let data = epoll::EventData::new_u64(u64::from(generation) << 32 | u64::from(slot));
        Ok(epoll::add(&self.epoll, stream, data, Flags::IN | Flags::OUT | Flags::RDHUP | Flags::ET)?)
    }

    /// Waits for events, at most until `deadline`.
    pub(crate) fn wait(
        &self,
        events: &mut Events,
        now: Instant,
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        events.ready.clear();
        let timeout = deadline.map(|deadline| timespec(deadline.since(now)));
        let waited = fault::before(Call::Wait).and_then(|()| {
            Ok(epoll::wait(&self.epoll, spare_capacity(&mut events.ready), timeout.as_ref())?)
        });
        match waited {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Rounded up to a millisecond, which is what the kernel counts in: rounded down, a worker would wake too early.
fn timespec(duration: Duration) -> Timespec {
    let millis = duration.as_micros().div_ceil(1_000).min(3_600_000);
    let millis = u32::try_from(millis).unwrap_or(u32::MAX);
    Timespec { tv_sec: i64::from(millis / 1_000), tv_nsec: i64::from(millis % 1_000) * 1_000_000 }
}
