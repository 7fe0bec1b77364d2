//! A network of a test's own: a namespace that only its thread is in, and whatever that starts. The kernel removes it,
//! with all its devices, when the last of them has ended, in whatever way.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};
use std::{env, io, panic, thread};

/// Set where a TAP device must be had, so that not to test with one is a failure.
const REQUIRED: &str = "BANTAM_TESTS_REQUIRE_TAP";

/// Runs a test in a thread with a network of its own, in which only `lo` is there, and up. `None`, with a line that
/// says why, where this user may not, or where the system has no TAP devices.
///
/// # Panics
/// As the test does; and when it cannot be run although the environment requires it.
pub fn in_namespace<R: Send>(test: impl FnOnce() -> R + Send) -> Option<R> {
    let outcome = thread::scope(|scope| {
        let thread = thread::Builder::new().name("in a namespace".into());
        let run = thread.spawn_scoped(scope, || match enter() {
            Ok(()) => Ok(test()),
            Err(reason) => Err(reason),
        });
        run.expect("a thread").join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    });
    match outcome {
        Ok(result) => Some(result),
        Err(reason) if env::var_os(REQUIRED).is_some() => panic!("{REQUIRED} is set, and {reason}"),
        Err(reason) => {
            println!("skipped: {reason}");
            None
        }
    }
}

fn enter() -> Result<(), String> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/net/tun")
        .map_err(|error| format!("/dev/net/tun: {error}"))?;
    let found = Command::new("ip").arg("-Version").stdout(Stdio::null()).status();
    found.map_err(|error| format!("`ip` of iproute2 is missing: {error}"))?;
    unshare().map_err(|error| format!("this user may not make a network namespace: {error}"))?;
    ip("link set lo up");
    Ok(())
}

fn unshare() -> io::Result<()> {
    // The successor of this function is unsafe for the sake of another flag, that of the table of files.
    #[allow(deprecated)]
    Ok(rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET)?)
}

/// Runs `ip` with these words, in the namespace of the calling thread.
///
/// # Panics
/// When it fails.
pub fn ip(words: &str) {
    let output = Command::new("ip").args(words.split(' ')).output().expect("iproute2 is installed");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}
