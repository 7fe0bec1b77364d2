//! A network namespace for one test, which ends with the test's threads.

use std::process::Command;
use std::string::String;
use std::thread;

/// Runs a test in a thread that has a network of its own, if this user may make one.
pub(super) fn in_namespace(test: impl FnOnce() + Send) {
    if let Err(error) = std::fs::metadata("/dev/net/tun") {
        std::println!("skipped: /dev/net/tun: {error}");
        return;
    }
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
    let output = Command::new("ip").args(words.split(' ')).output().expect("iproute2 is installed");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}
