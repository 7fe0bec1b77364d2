//! Probes: ready fails as soon as a drain begins, and no check keeps a request waiting.

use std::sync::mpsc::{Receiver, channel};

use bantam_core::handlers::health::{self, Check, Monitor};
use bantam_core::prelude::*;
use bantam_tests::client::{End, PATIENCE};
use bantam_tests::running::Running;
use serde_json::{Value, json};

struct App {
    health: Monitor,
}

static ROUTES: Router<App, 3> = Router::new([
    get("/health", |app, request, response| health::full(&app.health, request, response)),
    get("/health/live", health::live),
    get("/health/ready", |app, request, response| health::ready(&app.health, request, response)),
]);

fn start(checks: Vec<Check>) -> Running {
    let app: &'static App = Box::leak(Box::new(App { health: Monitor::start(checks).expect("threads") }));
    Running::start(Service::new(app, &ROUTES))
}

/// Status and content of a probe.
fn probe(server: &Running, path: &str) -> (u16, Value) {
    let answer =
        server.connect().ask(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    assert_eq!(answer.field("Cache-Control"), Some("no-store"));
    assert_eq!(answer.field("Content-Type"), Some("application/json"));
    (answer.status, serde_json::from_slice(&answer.content).expect("JSON"))
}

/// A check that hangs until the sender is dropped.
fn hanging(released: Receiver<()>) -> Check {
    Check::new("database", move || {
        let _ = released.recv();
        Ok(())
    })
}

#[test]
fn a_check_that_hangs_keeps_no_probe_waiting() {
    let (release, released) = channel();
    let server = start(vec![hanging(released).timeout(Duration::ZERO)]);
    assert_eq!(probe(&server, "/health/live"), (200, json!({"status": "alive"})));
    let not_ready = json!({"status": "not ready", "reason": "a check fails"});
    assert_eq!(probe(&server, "/health/ready"), (503, not_ready));
    let (status, full) = probe(&server, "/health");
    assert!(status == 503 && full["uptime_seconds"].is_u64(), "{full}");
    assert_eq!(full["status"], "unhealthy");
    let checks = json!({"accepting": {"status": "healthy"}, "database": {"status": "unhealthy"}});
    assert_eq!(full["checks"], checks, "and nothing of why");
    drop(release);
    // It is well as soon as it has returned.
    let begun = std::time::Instant::now();
    while probe(&server, "/health/ready").0 != 200 {
        assert!(begun.elapsed() < PATIENCE, "it does not get well");
    }
    assert_eq!(probe(&server, "/health").1["status"], "healthy");
}

#[test]
fn ready_fails_as_soon_as_a_drain_begins() {
    let server = start(Vec::new());
    assert_eq!(probe(&server, "/health/ready"), (200, json!({"status": "ready"})));
    let mut waiting = server.connect();
    waiting.send("GET /health/ready HTTP/1.1\r\n");
    let mut alive = server.connect();
    alive.send("GET /health/live HTTP/1.1\r\n");
    // An idle connection that came later shows that these were read, and then when the drain has begun.
    let mut idle = server.connect();
    assert_eq!(idle.ask("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    server.shutdown().begin();
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
    waiting.send("Host: a\r\n\r\n");
    let answer = waiting.answer();
    assert_eq!(answer.text(), "{\"status\":\"not ready\",\"reason\":\"shutting down\"}");
    assert!(answer.status == 503 && answer.says_close());
    alive.send("Host: a\r\n\r\n");
    assert_eq!(alive.answer().text(), "{\"status\":\"alive\"}");
    drop((waiting, alive, idle));
    server.join();
}
