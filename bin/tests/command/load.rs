//! What becomes of more connections and requests than there is room for.

use super::*;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

fn served(flags: &[&str]) -> Served {
    Served::start(bantam(["demo", "-p", "0", "--log-format", "off"]).args(flags))
}

#[test]
fn those_beyond_the_caps_are_answered_at_once() {
    for flags in [&["--max-connections", "2", "--over-cap", "refuse"][..], &["--max-per-address", "2"]] {
        let served = served(flags);
        let mut inside = [served.connect(), served.connect()];
        for client in &mut inside {
            assert_eq!(client.ask(GET).status, 200, "{flags:?}");
        }
        let mut beyond = served.connect();
        // It is told without having asked.
        let answer = beyond.answer();
        assert_eq!((answer.status, answer.field("Retry-After")), (503, Some("1")), "{flags:?}");
        assert_eq!(beyond.end(), End::Closed(Vec::new()), "{flags:?}");
        for client in &mut inside {
            assert_eq!(client.ask(GET).status, 200, "{flags:?}");
        }
    }
}

#[test]
fn a_connection_that_has_grown_old_is_told_so_with_an_answer() {
    let served = served(&["--max-age", "0.2"]);
    let mut client = served.connect();
    // Each answer takes its time on the wire; a bound far beyond the age.
    let last = (0..1_000_000).map(|_| client.ask(GET)).find(Answer::says_close).expect("it grows old");
    assert_eq!(last.status, 200);
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn silence_is_shorter_in_a_crowd() {
    let served =
        served(&["--max-connections", "4", "--crowded-idle-timeout", "0.1", "--idle-timeout", "3600"]);
    let mut clients = [served.connect(), served.connect(), served.connect(), served.connect()];
    for client in &mut clients {
        assert_eq!(client.ask(GET).status, 200);
    }
    let [first, ..] = clients;
    assert_eq!(first.end(), End::Closed(Vec::new()), "and not after an hour");
}

#[test]
fn those_who_find_no_thread_are_answered_at_once() {
    let served = served(&["--blocking-threads", "1", "--blocking-waiting", "0"]);
    let (mut waits, mut comes) = (served.connect(), served.connect());
    waits.send("GET /delay/5 HTTP/1.1\r\nHost: a\r\n\r\n");
    // Until the first has its thread the second may have it, even in the first's place.
    let is_refused = (0..1_000).any(|_| comes.ask("GET /delay/0 HTTP/1.1\r\nHost: a\r\n\r\n").status == 503);
    assert_eq!(comes.ask(GET).status, 200, "others need no thread");
    assert_eq!(waits.answer().status, if is_refused { 200 } else { 503 });
}

#[test]
fn what_contradicts_itself_is_refused_in_one_line() {
    for (flags, said) in [
        (&["--blocking-threads", "2", "--blocking-kept", "3"][..], "--blocking-kept 3 is more than"),
        (&["--max-per-address", "0"], "--max-per-address"),
        (&["--over-cap", "drop"], "drop"),
        (&["--max-age", "never"], "0, or 0.001 to 86400 seconds are wanted"),
        (&["--crowded-idle-timeout", "0"], "between 0.001 and 86400 seconds"),
        (&["--tap", "tap0", "--over-cap", "refuse"], "--over-cap is for sockets"),
        (&["--tap", "tap0", "--max-per-address", "2"], "--max-per-address is for sockets"),
    ] {
        let line = mistakes::refusal(bantam(["demo", "-p", "0"]).args(flags));
        assert!(line.contains(said), "{flags:?}: {line}");
    }
}
