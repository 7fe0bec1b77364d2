//! A network namespace for one test, which ends with the test's threads.

use std::process::Command;
use std::string::String;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// One test at a time: the child that `ip` is begins with a copy of this process's descriptors, and a device is busy as
/// long as one of them is open.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a test in a thread that has a network of its own, if this user may make one.
pub(super) fn in_namespace(test: impl FnOnce() + Send) {
    if let Err(error) = std::fs::metadata("/dev/net/tun") {
        std::println!("skipped: /dev/net/tun: {error}");
        return;
    }
    if let Err(error) = Command::new("ip").arg("-V").output() {
        std::println!("skipped: ip, of iproute2: {error}");
        return;
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let run = scope.spawn(|| match enter() {
            Ok(()) => test(),
            Err(error) => std::println!("skipped: no right to make a network namespace: {error}"),
        });
        if let Err(panic) = run.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

fn enter() -> rustix::io::Result<()> {
    // The successor of this function is unsafe for the sake of another flag, that of the table of files.
    #[allow(deprecated)]
    rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET)
}

/// Runs `ip` with these words, in the namespace of the calling thread.
pub(super) fn ip(words: &str) {
    let output = Command::new("ip").args(words.split(' ')).output().expect("it answered before");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}
