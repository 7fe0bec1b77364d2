use std::format;
use std::string::{String, ToString as _};
#[cfg(feature = "std")]
use std::sync::mpsc::channel;
#[cfg(feature = "std")]
use std::thread;
#[cfg(feature = "std")]
use std::vec;
#[cfg(feature = "std")]
use std::vec::Vec;

use super::checks::LAST;
use super::*;
use crate::connection::{Connection, Storage};
use crate::prelude::*;

struct App(std::boxed::Box<dyn Findings + Sync>);

static ROUTES: Router<App, 4> = Router::new([
    get("/", |app, request, response| full(&*app.0, request, response)),
    get("/detail", |app, request, response| full_in_detail(&*app.0, request, response)),
    get("/live", live),
    get("/ready", |app, request, response| ready(&*app.0, request, response)),
]);

/// Status and content of the answer, with a transmit buffer of this many bytes.
fn asked_with<const T: usize>(app: &App, path: &str, seconds: u64, is_draining: bool) -> (u16, String) {
    let service = Service::new(app, &ROUTES);
    if is_draining {
        service.drain();
    }
    let mut storage: Storage<NoStream, 1_024, T, 16> = Storage::new();
    let now = Instant::from_millis(seconds * 1_000);
    let mut connection = Connection::new(0, None, now);
    let mut lent = connection.lend(&service, storage.lend(), None);
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    lent.receive_space()[..request.len()].copy_from_slice(request.as_bytes());
    lent.handle_received(request.len(), now);
    lent.run_handler(now, || now);
    let answer = String::from_utf8(lent.poll_transmit().to_vec()).unwrap();
    let (head, content) = answer.split_once("\r\n\r\n").unwrap();
    if !head.contains(" 500 ") {
        assert!(head.contains("\r\nCache-Control: no-store"), "{head}");
        assert!(head.contains("\r\nContent-Type: application/json"), "{head}");
    }
    (head[9..12].parse().unwrap(), content.into())
}

fn asked(app: &App, path: &str, seconds: u64) -> (u16, String) {
    asked_with::<2_048>(app, path, seconds, false)
}

fn app(findings: impl Findings + Sync + 'static) -> App {
    App(std::boxed::Box::new(findings))
}

#[test]
fn nothing_to_check_is_well_until_the_server_drains() {
    let app = app(Nothing);
    let cases = [
        ("/live", false, 200, r#"{"status":"alive"}"#),
        ("/live", true, 200, r#"{"status":"alive"}"#),
        ("/ready", false, 200, r#"{"status":"ready"}"#),
        ("/ready", true, 503, r#"{"status":"not ready","reason":"shutting down"}"#),
        (
            "/",
            false,
            200,
            r#"{"status":"healthy","uptime_seconds":42,"checks":{"accepting":{"status":"healthy"}}}"#,
        ),
        (
            "/",
            true,
            503,
            r#"{"status":"unhealthy","uptime_seconds":42,"checks":{"accepting":{"status":"unhealthy"}}}"#,
        ),
    ];
    for (path, is_draining, status, content) in cases {
        assert_eq!(asked_with::<2_048>(&app, path, 42, is_draining), (status, content.into()), "{path}");
    }
}

#[test]
fn checks_are_ill_before_they_are_noted_and_once_they_are_old() {
    static CHECKS: Checks<2> = Checks::new(["sensor", "radio"]).stale_after(Duration::from_secs(60));
    struct Static;
    impl Findings for Static {
        fn for_each(&self, now: Instant, each: &mut dyn FnMut(&str, &Finding<'_>)) {
            CHECKS.for_each(now, each);
        }
    }
    let app = app(Static);
    let at = |seconds: u64| Instant::from_millis(seconds * 1_000);
    let not_ready = (503, r#"{"status":"not ready","reason":"a check fails"}"#.to_string());
    assert_eq!(asked(&app, "/ready", 0), not_ready);
    assert!(!CHECKS.set("sonar", true, at(0)), "there is none of this name");
    assert!(CHECKS.set("sensor", true, at(0)));
    assert_eq!(asked(&app, "/ready", 0), not_ready, "the radio was never checked");
    CHECKS.set("radio", true, at(30));
    for seconds in [30, 60] {
        assert_eq!(asked(&app, "/ready", seconds), (200, r#"{"status":"ready"}"#.into()), "{seconds}");
    }
    let (status, content) = asked(&app, "/", 61);
    assert_eq!(status, 503);
    let checks = r#""checks":{"accepting":{"status":"healthy"},"sensor":{"status":"unhealthy"},"radio":{"status":"healthy"}}}"#;
    assert!(content.ends_with(checks), "{content}");
    CHECKS.set("sensor", false, at(70));
    let (_, content) = asked(&app, "/detail", 75);
    let checks = r#""sensor":{"status":"unhealthy","age_seconds":5,"reason":"failed"},"radio":{"status":"healthy","age_seconds":45}}}"#;
    assert!(content.ends_with(checks), "{content}");
    CHECKS.set("sensor", true, at(70));
    assert_eq!(asked(&app, "/ready", 75).0, 200);
}

#[test]
fn the_last_second_that_is_kept_is_the_last_there_is() {
    let checks = Checks::new(["x"]);
    for now in [Instant::ZERO, Instant::from_millis(1_000 * LAST), Instant::NEVER] {
        for is_well in [true, false] {
            checks.set("x", is_well, now);
            checks.for_each(now, &mut |_, finding| assert_eq!(finding.is_well, is_well, "{now:?}"));
        }
    }
}

/// A check whose name and reason are hostile.
struct Hostile;

impl Findings for Hostile {
    fn for_each(&self, _: Instant, each: &mut dyn FnMut(&str, &Finding<'_>)) {
        each("a\"b", &Finding { is_well: false, age: None, reason: "password=\"x\"\n\u{1b}[1m" });
    }
}

#[test]
fn reasons_are_for_those_who_ask_in_detail_and_are_escaped() {
    let app = app(Hostile);
    let (status, content) = asked(&app, "/", 0);
    assert_eq!(status, 503);
    assert!(content.ends_with(r#","a\u0022b":{"status":"unhealthy"}}}"#), "{content}");
    let (_, content) = asked(&app, "/ready", 0);
    assert!(!content.contains("password"), "{content}");
    let (_, content) = asked(&app, "/detail", 0);
    let detail = r#":{"status":"unhealthy","reason":"password=\u0022x\u0022\u000A\u001B[1m"}}}"#;
    assert!(content.ends_with(detail), "{content}");
}

#[test]
fn a_report_that_does_not_fit_is_a_500() {
    struct Many;
    impl Findings for Many {
        fn for_each(&self, _: Instant, each: &mut dyn FnMut(&str, &Finding<'_>)) {
            (0..50).for_each(|_| each("check", &Finding { is_well: true, age: None, reason: "" }));
        }
    }
    assert_eq!(asked_with::<512>(&app(Many), "/", 0, false).0, 500);
}

/// What a monitor says, as name, and reason or nothing.
#[cfg(feature = "std")]
fn said(monitor: &impl Findings) -> Vec<(String, Option<String>)> {
    let mut said = Vec::new();
    monitor.for_each(Instant::ZERO, &mut |name, finding| {
        said.push((name.into(), (!finding.is_well).then(|| finding.reason.into())));
    });
    said
}

/// Waits until a monitor says this, and no longer than a test may take.
#[cfg(feature = "std")]
fn until(monitor: &impl Findings, wanted: &[(&str, Option<&str>)]) {
    let begun = std::time::Instant::now();
    loop {
        let said = said(monitor);
        let same =
            said.iter().map(|(name, reason)| (name.as_str(), reason.as_deref())).eq(wanted.iter().copied());
        if same {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{said:?}");
        thread::yield_now();
    }
}

#[cfg(feature = "std")]
#[test]
fn a_check_that_hangs_fails_alone_and_is_well_again_when_it_returns() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let (release, released) = channel::<()>();
    let hangs = Check::new("hangs", move || released.recv().map_err(|error| error.to_string()));
    let checks = vec![
        Check::new("well", || Ok(())).every(HOUR),
        hangs.timeout(Duration::ZERO).every(HOUR),
        Check::new("fails", || Err("no route to host".into())).every(HOUR),
        Check::new("panics", || panic!("on purpose")).every(HOUR),
    ];
    let monitor = Monitor::start(checks).unwrap();
    let others = |hanging| {
        [
            ("well", None),
            ("hangs", hanging),
            ("fails", Some("no route to host")),
            ("panics", Some("panicked")),
        ]
    };
    until(&monitor, &others(Some("timed out")));
    release.send(()).unwrap();
    until(&monitor, &others(None));
    drop(monitor);
}

#[cfg(feature = "std")]
#[test]
fn a_check_runs_again_and_the_last_result_counts() {
    let (results, next) = channel::<Result<(), String>>();
    let check = Check::new("x", move || next.recv().unwrap_or(Err("gone".into())));
    let monitor = Monitor::start(vec![check.every(Duration::ZERO).timeout(Duration::MAX)]).unwrap();
    until(&monitor, &[("x", Some("not checked yet"))]);
    for (result, reason) in [(Ok(()), None), (Err("ill".to_string()), Some("ill")), (Ok(()), None)] {
        results.send(result).unwrap();
        until(&monitor, &[("x", reason)]);
    }
    let app = app(monitor);
    assert_eq!(asked(&app, "/ready", 0).0, 200);
}

#[cfg(feature = "std")]
#[test]
fn a_monitor_ends_although_a_check_hangs() {
    let (_keep, never) = channel::<()>();
    let check = Check::new("x", move || never.recv().map_err(|error| error.to_string()));
    let begun = std::time::Instant::now();
    drop(Monitor::start(vec![check]).unwrap());
    assert!(begun.elapsed() < Duration::from_secs(30));
}
