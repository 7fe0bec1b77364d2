//! The server from outside: how many connections it says it has, how many it can have.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bantam_bench_measure::soak::metrics::connections;

use crate::ADDRESS;

/// Waits until the server says that the connection that asks is its only one.
///
/// # Errors
/// It does not within this time; the text tells what it says.
pub(crate) fn wait_until_alone(longest: Duration) -> Result<(), String> {
    let until = Instant::now() + longest;
    loop {
        let (open, text) = connections(ADDRESS)?;
        match open {
            1 => return Ok(()),
            _ if Instant::now() > until => {
                return Err(format!("{} connections are open after {longest:?}: {text}", open - 1));
            }
            _ => sleep(Duration::from_millis(500)),
        }
    }
}

/// Fills the server until this many connections are answered at a time, and tells how many it were at last. A slot
/// whose client is gone is held for as long as the slowest of clients may take for what is in its ring.
///
/// # Errors
/// As [`fill`], at the last attempt.
pub(crate) fn fill_up(slots: usize, longest: Duration) -> Result<usize, String> {
    let until = Instant::now() + longest;
    loop {
        match fill(slots) {
            Ok(filled) if filled == slots => return Ok(filled),
            outcome if Instant::now() > until => return outcome,
            _ => sleep(Duration::from_secs(10)),
        }
    }
}

/// Fills the server with connections that all are being answered, until one is refused, and reads all answers. How many
/// there were: each takes a slot, so this is the number of slots that work.
///
/// # Errors
/// An answer is not whole.
fn fill(most: usize) -> Result<usize, String> {
    // An asterisk at once, and another after twenty seconds, during which the rest come.
    const SLOW: &[u8] =
        b"GET /drip?numbytes=2&duration=40 HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n";
    let mut streams = Vec::new();
    let begin = Instant::now();
    loop {
        let told =
            |error: std::io::Error| format!("connection {} to fill the server: {error}", streams.len() + 1);
        let mut stream = TcpStream::connect_timeout(&ADDRESS, Duration::from_secs(10)).map_err(told)?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(told)?;
        stream.write_all(SLOW).map_err(told)?;
        let mut start = [0; 12];
        stream.read_exact(&mut start).map_err(told)?;
        match &start {
            b"HTTP/1.1 200" => streams.push(stream),
            b"HTTP/1.1 503" => break,
            other => return Err(format!("{:?} while it is filled", String::from_utf8_lossy(other))),
        }
        if streams.len() > most {
            let spent = begin.elapsed();
            return Err(format!("more than {most} connections are answered at a time, within {spent:.1?}"));
        }
    }
    if begin.elapsed() > Duration::from_secs(19) {
        return Err("filling the server took so long that its first answers were over".to_owned());
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).map_err(|error| format!("answer {}: {error}", number + 1))?;
        if !rest.ends_with(b"\r\n\r\n**") {
            return Err(format!("answer {} is not whole: {:?}", number + 1, String::from_utf8_lossy(&rest)));
        }
    }
    Ok(streams.len())
}
