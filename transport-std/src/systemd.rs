//! What systemd passes and wants to know: sockets that it has opened (`sd_listen_fds(3)`), and whether the server is
//! ready, stops, and lives (`sd_notify(3)`). Without systemd there are no such sockets, and nobody is told.

use std::env;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process;
use std::thread;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use socket2::{SockAddr, Socket};

use crate::poller::MOST_LISTENERS;
use crate::{Endpoint, Listener, Shutdown};

/// A socket that was passed, and its `FileDescriptorName=`; that of its unit as a rule.
#[derive(Debug)]
pub struct Passed {
    /// The name.
    pub name: String,
    /// The socket.
    pub listener: Listener,
}

/// Takes the sockets that were passed to this process; none where there are none. Call it once, before there are threads:
/// it takes the variables that tell of them away, so that processes started from here do not look for them.
///
/// # Errors
/// When one of them is no stream socket that listens, of IPv4, IPv6 or Unix; the message names it.
pub fn listeners() -> io::Result<Vec<Passed>> {
    let is_for_us = env::var("LISTEN_PID").is_ok_and(|pid| pid == process::id().to_string());
    let count = env::var("LISTEN_FDS").ok().filter(|_| is_for_us);
    let Some(count) = count else { return Ok(Vec::new()) };
    let count: usize = count.parse().ok().filter(|count| *count <= MOST_LISTENERS).ok_or_else(|| {
        io::Error::new(ErrorKind::InvalidInput, format!("LISTEN_FDS={count} is no number of sockets"))
    })?;
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let names = names.split(':').map(str::to_owned).chain(core::iter::repeat(String::new()));
    let mut sockets = ListenFd::from_env();
    let passed = (0..count).zip(names).map(|(place, name)| {
        let listener = listener(&mut sockets, place).map_err(|error| {
            let shown = if name.is_empty() { String::new() } else { format!(" ({name})") };
            io::Error::new(error.kind(), format!("socket {}{shown}: {error}", place + 1))
        })?;
        Ok(Passed { name, listener })
    });
    passed.collect()
}

fn listener(sockets: &mut ListenFd, place: usize) -> io::Result<Listener> {
    let wrong = |_| io::Error::new(ErrorKind::InvalidInput, "it is no stream socket of IPv4, IPv6 or Unix");
    let socket = match sockets.take_tcp_listener(place) {
        Ok(tcp) => tcp.map(Socket::from),
        Err(_) => sockets.take_unix_listener(place).map_err(wrong)?.map(Socket::from),
    };
    let socket = socket.ok_or(ErrorKind::NotFound)?;
    if !socket.is_listener()? {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it does not listen; its unit wants Accept=no"));
    }
    let endpoint = endpoint(&socket.local_addr()?);
    Listener::of(socket, endpoint)
}

fn endpoint(address: &SockAddr) -> Endpoint {
    match (address.as_socket(), address.as_pathname()) {
        (Some(address), _) => Endpoint::Tcp(address),
        (None, Some(path)) => Endpoint::Unix(path.to_owned()),
        (None, None) => {
            let name = address.as_abstract_namespace().unwrap_or_default();
            let name = [b"@", name].concat();
            Endpoint::Unix(PathBuf::from(std::ffi::OsStr::from_bytes(&name)))
        }
    }
}

/// Tells that connections are accepted: `READY=1`.
///
/// # Errors
/// When there is somebody to tell, and cannot be told.
pub fn ready() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Ready])
}

/// Tells that the server is about to end: `STOPPING=1`.
///
/// # Errors
/// When there is somebody to tell, and cannot be told.
pub fn stopping() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Stopping])
}

/// Where `WatchdogSec=` asks for it, tells again and again that the server lives: `WATCHDOG=1`, but only after a worker has
/// come when it was called. One whose workers all hang falls silent, and is started anew.
///
/// # Errors
/// When a thread cannot be started.
pub fn keep_telling(shutdown: &Shutdown) -> io::Result<()> {
    let Some(limit) = sd_notify::watchdog_enabled() else { return Ok(()) };
    let shutdown = shutdown.clone();
    // A worker has a quarter of the time to come, and then there is still half of it left.
    let period = limit / 4;
    let watch = move || {
        loop {
            let before = shutdown.calls_answered();
            shutdown.waker().wake();
            thread::sleep(period);
            if shutdown.calls_answered() != before {
                // Who cannot be told restarts the server, and that is all that can be done about it.
                let _ = sd_notify::notify(&[NotifyState::Watchdog]);
            }
        }
    };
    thread::Builder::new().name("bantam-systemd".into()).spawn(watch).map(drop)
}
