//! Somebody who asks again and again, each time on a connection of his own, and looks at the clock.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// From request to request.
const EVERY: Duration = Duration::from_millis(50);
/// An answer that takes longer is late.
pub(crate) const LATE: Duration = Duration::from_millis(100);
/// An answer that takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(5);
/// Late answers in a hundred: processors are shared with others here.
const FEW: usize = 1;

/// What stands above a [`Probe`].
pub(crate) const TITLES: &str = "  answers    median       p99   longest  late  lost  connections at most";

/// How long answers took while something else went on.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    /// Of each answer, shortest first.
    times: Vec<Duration>,
    /// Answers that did not come, or were others.
    lost: Vec<String>,
    most: u64,
}

impl Probe {
    /// Asks while `meanwhile` runs, which tells of connections.
    ///
    /// # Errors
    /// What `meanwhile` says.
    pub(crate) fn run(
        address: SocketAddr,
        meanwhile: impl FnOnce() -> Result<u64, String>,
    ) -> Result<Self, String> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let asks = scope.spawn(|| {
                let mut seen = Self::default();
                while !is_over.load(Relaxed) {
                    let begin = Instant::now();
                    match ask(address) {
                        Ok(()) => seen.times.push(begin.elapsed()),
                        Err(reason) => seen.lost.push(reason),
                    }
                    sleep(EVERY.saturating_sub(begin.elapsed()));
                }
                seen.times.sort_unstable();
                seen
            });
            let most = meanwhile();
            is_over.store(true, Relaxed);
            let mut seen = asks.join().expect("it does not panic");
            seen.most = most?;
            Ok(seen)
        })
    }

    fn late(&self) -> usize {
        self.times.iter().filter(|time| **time > LATE).count()
    }

    fn share(&self, of_a_hundred: usize) -> Duration {
        self.times.get(self.times.len() * of_a_hundred / 100).copied().unwrap_or_default()
    }

    /// What should not be, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        if let [first, ..] = self.lost.as_slice() {
            return Some(format!("{} answers did not come: {first}", self.lost.len()));
        }
        (self.times.is_empty() || self.late() * 100 > self.times.len() * FEW)
            .then(|| format!("{} of {} answers were late", self.late(), self.times.len()))
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        write!(f, "{:>9}", self.times.len())?;
        let longest = self.times.last().copied().unwrap_or_default();
        for time in [self.share(50), self.share(99), longest] {
            write!(f, "{:7.2} ms", milliseconds(time))?;
        }
        write!(f, "{:>6}{:>6}{:>21}", self.late(), self.lost.len(), self.most)
    }
}

fn ask(address: SocketAddr) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(told)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(told)?;
    let mut answer = Vec::new();
    stream
        .write_all(b"GET /plaintext HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
        .and_then(|()| stream.read_to_end(&mut answer))
        .map_err(told)?;
    match answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"\r\n\r\nHello, World!") {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&answer).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Probe};

    #[test]
    fn what_is_a_fault() {
        let of = |quick: usize, late: usize, lost: usize| Probe {
            times: [vec![Duration::from_millis(1); quick], vec![Duration::from_millis(101); late]].concat(),
            lost: vec!["reset".to_owned(); lost],
            most: 0,
        };
        let cases =
            [(0, 0, 0, true), (100, 0, 0, false), (99, 1, 0, false), (98, 2, 0, true), (99, 0, 1, true)];
        for (quick, late, lost, is_fault) in cases {
            assert_eq!(of(quick, late, lost).fault().is_some(), is_fault, "{quick} {late} {lost}");
        }
    }
}
