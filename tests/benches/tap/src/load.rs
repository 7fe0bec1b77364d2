//! Load by `wrk`, and what it saw.

use std::path::PathBuf;
use std::process::Stdio;

use bantam_bench_measure::server::pinned;

/// One load: so many connections ask the same thing for so long.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// What is asked for.
    pub(crate) url: String,
    /// How many ask at a time.
    pub(crate) connections: usize,
    /// For how long, in seconds.
    pub(crate) seconds: u32,
    /// The core to ask from.
    pub(crate) core: Option<usize>,
}

/// What a load saw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Whole answers.
    pub(crate) answers: u64,
    /// Those among them that are errors by their status.
    pub(crate) refused: u64,
    /// Failures to connect, read or write, and waits of more than two seconds.
    pub(crate) failures: u64,
    /// Bytes received, those of unfinished answers too.
    pub(crate) bytes: u64,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// Within this time came 99 of 100 answers, in milliseconds.
    pub(crate) p99: f64,
}

impl Load {
    /// Asks, and waits for the end.
    ///
    /// # Errors
    ///
    /// `wrk` is missing or says something else than numbers; the text tells what.
    pub(crate) fn run(&self) -> Result<Seen, String> {
        let script = Script::new(REPORT)?;
        let mut command = pinned("wrk", self.core);
        command
            .args(["-t1", &format!("-c{}", self.connections), &format!("-d{}s", self.seconds)])
            .args(["-s", &script.0.to_string_lossy(), &self.url])
            .stdin(Stdio::null());
        let output =
            command.output().map_err(|error| format!("wrk cannot be run, apt install wrk: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("seen ")).ok_or_else(|| {
            let told = String::from_utf8_lossy(&output.stderr);
            format!("wrk: {}", told.lines().chain(text.lines()).next().unwrap_or("no output"))
        })?;
        read(line).ok_or_else(|| format!("wrk's numbers are unreadable: {line}"))
    }
}

/// Numbers in the order of [`REPORT`].
fn read(line: &str) -> Option<Seen> {
    let mut numbers = line.split(' ').map(str::parse::<f64>);
    let mut next = || numbers.next()?.ok();
    Some(Seen {
        answers: next()? as u64,
        refused: next()? as u64,
        failures: next()? as u64,
        bytes: next()? as u64,
        seconds: next()? / 1e6,
        p99: next()? / 1e3,
    })
}

impl Seen {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.answers as f64 / self.seconds
    }

    /// MiB a second.
    pub(crate) fn mebibytes(&self) -> f64 {
        self.bytes as f64 / self.seconds / 1_048_576.0
    }
}

/// Lua in a file, as `wrk` wants it, until it is dropped.
struct Script(PathBuf);

impl Script {
    fn new(text: &str) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("bantam-bench-{}.lua", std::process::id()));
        match std::fs::write(&path, text) {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(format!("{} cannot be written: {error}", path.display())),
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // It lies in the folder of temporary files.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// One line of numbers at the end.
const REPORT: &str = r#"
done = function(summary, latency)
    local errors = summary.errors
    io.write(string.format("seen %d %d %d %d %d %d\n", summary.requests, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, summary.bytes, summary.duration,
        latency:percentile(99)))
end
"#;
