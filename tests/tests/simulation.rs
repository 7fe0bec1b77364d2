//! Random scripts on a connection, against the reference. See `bantam_tests::simulation` for what must hold, and for
//! the variables that make a run long.

use std::env;
use std::thread;
use std::time::Instant;

use bantam_core::limits::Limits;
use bantam_tests::simulation::counts::Counts;
use bantam_tests::simulation::reference::Planted;
use bantam_tests::simulation::run::BufferPair;
use bantam_tests::simulation::script::{End, Script, Setup};
use bantam_tests::simulation::{fault, report};

/// Scripts of an ordinary run.
const SCRIPTS: u64 = 100_000;

#[test]
fn scripts_come_out_as_the_reference_reads_them() {
    let first = variable("BANTAM_SIMULATION_SEED").unwrap_or(0);
    let scripts = variable("BANTAM_SIMULATION_SCRIPTS").unwrap_or(SCRIPTS);
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let began = Instant::now();
    let counts = thread::scope(|scope| {
        let worker = |number| {
            scope.spawn(move || {
                let (mut buffers, mut counts) = (BufferPair::default(), Counts::default());
                for seed in
                    (number..scripts).step_by(workers as usize).map(|offset| first.wrapping_add(offset))
                {
                    let script = Script::new(seed);
                    if fault(&script, Planted::Nothing, &mut buffers, &mut counts).is_err() {
                        panic!("seed {seed}: {}", report(script, Planted::Nothing, &mut buffers));
                    }
                }
                counts
            })
        };
        let workers: Vec<_> = (0..workers).map(worker).collect();
        let mut all = Counts::default();
        for worker in workers {
            match worker.join() {
                Ok(counts) => all.join(&counts),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    let seconds = began.elapsed().as_secs_f64();
    println!("{scripts} scripts from seed {first} on, {:.0} a second\n{counts}", scripts as f64 / seconds);
    if scripts >= SCRIPTS {
        assert!(counts.missing().is_empty(), "never met: {:?}", counts.missing());
    }
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")))
}

/// A reference with a mistake of its own disagrees soon, and the report shows a small script.
#[test]
fn planted_mistakes_are_found_and_shrunk() {
    let mut buffers = BufferPair::default();
    for (planted, most) in [(Planted::OffByOne, 200), (Planted::ReadsOn, 200)] {
        let script = (0..most)
            .map(Script::new)
            .find(|script| fault(script, planted, &mut buffers, &mut Counts::default()).is_err())
            .unwrap_or_else(|| panic!("{planted:?} is not found in {most} scripts"));
        let report = report(script, planted, &mut buffers);
        let requests = report.lines().filter(|line| line.starts_with("request ")).collect::<Vec<_>>();
        assert!(requests.len() <= 2, "{planted:?}: {report}");
        assert!(requests.iter().map(|line| line.len()).sum::<usize>() < 200, "{planted:?}: {report}");
        assert!(report.contains("steps []"), "{planted:?}: {report}");
    }
}

/// Scripts that have failed once, as small as they could be made.
#[test]
fn what_has_failed_once_does_not_again() {
    let little_discarded = Setup { limits: Limits { discard: 20, ..Limits::DEFAULT }, ..Setup::ROOMY };
    let little_room = Setup { transmit: 768, receive: 1_024, ..Setup::ROOMY };
    let long_path =
        format!("GET /param/{} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "%41".repeat(96));
    let chunked = |path: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
    };
    let cases = [
        // The source was cut before it had given a byte when the mistake was there at once, and not when it came later.
        ("a mistake at hand when the source is asked first", Setup::ROOMY, chunked("/sized-stream", "g"), ""),
        ("a mistake in content that the source leaves", Setup::ROOMY, chunked("/unread-stream", "g"), ""),
        ("no end of content that the source leaves", Setup::ROOMY, chunked("/unread-waits", "5\r\nhel"), ""),
        // Content that came while the source answered was not counted.
        (
            "more content is left than is discarded",
            little_discarded,
            chunked("/unread-stream", "18\r\ntwenty and four bytes ..\r\n0\r\n\r\n"),
            "GET /digest HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        // The refusal became a 414.
        ("a refused request with a path that takes too much room to decode", little_room, long_path, ""),
    ];
    let mut buffers = BufferPair::default();
    for (name, setup, request, behind) in cases {
        for end in [End::Closed, End::Silence] {
            let script = Script::of(setup.clone(), &[&request, behind], end);
            let outcome = fault(&script, Planted::Nothing, &mut buffers, &mut Counts::default());
            assert_eq!(outcome, Ok(()), "{name}: {script}");
        }
    }
}
