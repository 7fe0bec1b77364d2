//! Who has sent a request: the PROXY protocol in front of a connection, and fields of gateways that are trusted.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::app::{App, Stream};
use super::driver::{Driver, LIMITS, RECEIVE};
use crate::connection::Connection;
use crate::gateways::{ClientField, Network, TrustedProxies};
use crate::middleware::{Middleware, Next};
use crate::prelude::*;
use core::net::SocketAddr;

static ROUTES: Router<App, 2, Stream> = Router::new([
    get("/who", |_, request, response| response.text(&who(request))),
    post("/sink", |_, request, response| response.text(&who(request))).content(Delivery::WholeOrStreamed),
]);

fn who(request: &Request<'_>) -> String {
    let peer = request.peer().map_or_else(|| "nobody".into(), |peer| format!("{peer}"));
    format!("{peer} {}", if request.is_secured() { "secured" } else { "plain" })
}

const LINE: &str = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";
const WHO: &str = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n";

fn service() -> Service<'static, App, Stream> {
    Service::new(&App, &ROUTES).with_limits(LIMITS).with_server("")
}

fn from(peer: Option<&str>, now: Instant) -> Connection {
    Connection::new(1, peer.map(|peer| peer.parse::<SocketAddr>().unwrap()), now)
}

/// What is answered on a connection from `peer` behind a header, fed in pieces of this size.
fn behind<'s>(
    service: &'s Service<'s, App, Stream>,
    peer: Option<&str>,
    bytes: &[u8],
    step: usize,
) -> Driver<'s> {
    let mut driver = Driver::new(service);
    driver.connection = from(peer, driver.now).with_proxy_header();
    for piece in bytes.chunks(step) {
        driver.feed(piece);
    }
    driver
}

fn contents(driver: &mut Driver<'_>) -> Vec<String> {
    driver.answers().into_iter().map(|answer| answer.content).collect()
}

fn v2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n", &[command, family][..], &length, block].concat()
}

#[test]
fn a_proxy_header_names_the_client_however_it_is_cut() {
    let v6 = [&[0x20, 0x01, 0x0d, 0xb8][..], &[0; 11], &[1], &[0; 16], &[0, 80, 0, 81], &[9; 100]].concat();
    let unix = v2(0x21, 0x31, &[0; 216]);
    for (name, header, client) in [
        ("version 1", LINE.as_bytes(), "192.0.2.1:56324 plain"),
        ("version 1, unknown", b"PROXY UNKNOWN\r\n", "nobody plain"),
        ("version 2", &v2(0x21, 0x21, &v6), "[2001:db8::1]:80 plain"),
        ("version 2, local", &v2(0x20, 0, b""), "10.0.0.1:9 plain"),
        ("version 2, unspecified", &v2(0x21, 0, b""), "nobody plain"),
        ("version 2, a Unix socket", &unix, "nobody plain"),
    ] {
        let bytes = [header, WHO.as_bytes(), WHO.as_bytes()].concat();
        for step in [1, 2, 7, 50, bytes.len()] {
            let service = service();
            let mut driver = behind(&service, Some("10.0.0.1:9"), &bytes, step);
            assert_eq!(contents(&mut driver), [client, client], "{name} in pieces of {step}");
            driver.say(WHO);
            assert_eq!(contents(&mut driver), [client], "{name}: it stays so");
            assert!(driver.connection.has_proxy_header());
        }
    }
}

#[test]
fn anything_else_closes_the_connection_without_an_answer() {
    let too_long = v2(0x21, 0x11, &[0; RECEIVE]);
    let endless = [b"PROXY TCP4 ", &[b'1'; 200][..]].concat();
    for (name, bytes) in [
        ("a request", WHO.as_bytes()),
        ("a header that is wrong", b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 x\r\n"),
        ("a line without an end", &endless),
        ("a header that does not fit the buffer", &too_long),
        ("TLS", b"\x16\x03\x01\x02\0\x01\0"),
        ("a command that does not exist", &v2(0x2f, 0, b"")),
    ] {
        for step in [1, bytes.len()] {
            let service = service();
            let driver = behind(&service, None, bytes, step);
            assert!(driver.is_closed() && driver.sent.is_empty(), "{name} in pieces of {step}");
            assert!(!driver.connection.holds_buffers() && driver.connection.requests() == 0);
        }
    }
}

#[test]
fn a_header_has_the_time_of_a_head() {
    for bytes in ["", "P", &LINE[..LINE.len() - 1]] {
        let service = service();
        let mut driver = behind(&service, None, bytes.as_bytes(), 1);
        driver.wait(LIMITS.head - Duration::from_millis(1));
        assert!(!driver.is_closed(), "{bytes:?}");
        driver.wait(Duration::from_millis(1));
        assert!(driver.is_closed() && driver.sent.is_empty(), "{bytes:?}");
    }
    // Behind it there is the time that every connection has.
    let service = service();
    let mut driver = behind(&service, None, LINE.as_bytes(), 1);
    assert!(!driver.connection.holds_buffers());
    driver.wait(LIMITS.head);
    assert!(!driver.is_closed());
    driver.say(WHO);
    assert_eq!(contents(&mut driver), ["192.0.2.1:56324 plain"]);
}

#[test]
fn an_end_within_the_header_is_the_end() {
    let service = service();
    for bytes in ["", "PROXY TCP4 "] {
        let mut driver = behind(&service, None, bytes.as_bytes(), 1);
        driver.close_peer();
        driver.wait_for_the_end();
        assert!(driver.is_closed() && driver.sent.is_empty(), "{bytes:?}");
        let mut driver = behind(&service, None, bytes.as_bytes(), 1);
        driver.lent(|lent, now| lent.handle_shutdown(now));
        driver.wait_for_the_end();
        assert!(driver.is_closed() && driver.sent.is_empty(), "{bytes:?}");
    }
    let mut driver = behind(&service, None, &[LINE, WHO].concat().into_bytes(), 1_000);
    driver.close_peer();
    assert_eq!(contents(&mut driver), ["192.0.2.1:56324 plain"], "who half-closes is answered");
}

fn networks() -> [Network; 2] {
    ["10.0.0.0", "192.0.2.0"].map(|address| Network::new(address.parse().unwrap(), 24).unwrap())
}

#[test]
fn only_gateways_may_send_a_header() {
    let networks = networks();
    let proxies = TrustedProxies::new(&networks);
    let local = proxies.with_local(true);
    let bytes = [LINE, WHO].concat();
    for (proxies, peer, is_taken) in [
        (&proxies, Some("10.0.0.1:9"), true),
        (&proxies, Some("[::ffff:10.0.0.1]:9"), true),
        (&proxies, Some("10.0.1.1:9"), false),
        (&proxies, None, false),
        (&local, None, true),
    ] {
        let service = service().with_gateways(proxies);
        let mut driver = behind(&service, peer, bytes.as_bytes(), 1);
        assert_eq!(driver.is_closed(), !is_taken, "{peer:?}");
        let expected: &[&str] = if is_taken { &["192.0.2.1:56324 plain"] } else { &[] };
        assert_eq!(contents(&mut driver), expected, "{peer:?}");
    }
}

/// What a request with these fields is answered, from this peer.
fn asked(proxies: &TrustedProxies<'_>, mut connection: Connection, fields: &str) -> String {
    let service = service().with_gateways(proxies);
    let mut driver = Driver::new(&service);
    core::mem::swap(&mut driver.connection, &mut connection);
    driver.say(&format!("GET /who HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    let told = contents(&mut driver);
    driver.say(WHO);
    let told_later = contents(&mut driver);
    assert!(told_later[0].ends_with("plain"), "fields count for their request: {told_later:?}");
    told.concat()
}

#[test]
fn fields_are_believed_from_gateways_only() {
    let networks = networks();
    let either = TrustedProxies::new(&networks);
    let now = Instant::from_millis(1_000);
    let one = "Forwarded: for=1.2.3.4;proto=https\r\n";
    let other = "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n";
    let (standard, custom) =
        (either.with_field(ClientField::Forwarded), either.with_field(ClientField::XForwardedFor));
    for (name, proxies, peer, fields, client) in [
        ("the standard field", either, "10.0.0.1:9", one, "1.2.3.4:0 secured"),
        ("the custom one", either, "10.0.0.1:9", other, "1.2.3.4:0 secured"),
        ("none", either, "10.0.0.1:9", "", "10.0.0.1:9 plain"),
        ("from others", either, "10.0.1.1:9", one, "10.0.1.1:9 plain"),
        ("from others, the custom one", either, "10.0.1.1:9", other, "10.0.1.1:9 plain"),
        ("from a gateway by IPv6", either, "[::ffff:10.0.0.1]:9", one, "1.2.3.4:0 secured"),
        (
            "made up by the client",
            either,
            "10.0.0.1:9",
            "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n",
            "1.2.3.4:0 plain",
        ),
        (
            "in a line of its own",
            either,
            "10.0.0.1:9",
            "Forwarded: for=6.6.6.6\r\nForwarded: for=1.2.3.4\r\n",
            "1.2.3.4:0 plain",
        ),
        (
            "the scheme alone",
            either,
            "10.0.0.1:9",
            "X-Forwarded-Proto: http, https\r\n",
            "10.0.0.1:9 secured",
        ),
        ("another scheme", either, "10.0.0.1:9", "X-Forwarded-Proto: https, http\r\n", "10.0.0.1:9 plain"),
        ("malformed", either, "10.0.0.1:9", "X-Forwarded-For: 1.2.3.4, \u{fffd}\r\n", "10.0.0.1:9 plain"),
        (
            "both, which agree",
            either,
            "10.0.0.1:9",
            "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=\"1.2.3.4:5\"\r\n",
            "1.2.3.4:5 plain",
        ),
        (
            "both, which differ",
            either,
            "10.0.0.1:9",
            "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=6.6.6.6;proto=https\r\n",
            "10.0.0.1:9 plain",
        ),
        (
            "both, one malformed",
            either,
            "10.0.0.1:9",
            "X-Forwarded-For: 1.2.3.4\r\nForwarded: x\r\n",
            "10.0.0.1:9 plain",
        ),
        (
            "the chosen one",
            standard,
            "10.0.0.1:9",
            "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=1.2.3.4\r\n",
            "1.2.3.4:0 plain",
        ),
        (
            "the other chosen one",
            custom,
            "10.0.0.1:9",
            "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=6.6.6.6\r\n",
            "1.2.3.4:0 plain",
        ),
        ("not the chosen one", standard, "10.0.0.1:9", other, "10.0.0.1:9 plain"),
        ("nor the other way round", custom, "10.0.0.1:9", one, "10.0.0.1:9 plain"),
    ] {
        assert_eq!(asked(&proxies, from(Some(peer), now), fields), client, "{name}");
    }
    let local = either.with_local(true);
    assert_eq!(asked(&local, from(None, now), one), "1.2.3.4:0 secured", "by a Unix socket");
    assert_eq!(asked(&either, from(None, now), one), "nobody plain", "which is not trusted by itself");
}

#[test]
fn fields_count_by_the_client_that_a_header_names() {
    let networks = networks();
    let proxies = TrustedProxies::new(&networks).with_local(true);
    let service = service().with_gateways(&proxies);
    for (header, client) in [
        (LINE, "1.2.3.4:0 plain"), // a gateway behind the gateway
        ("PROXY TCP4 192.0.3.1 198.51.100.1 1 2\r\n", "192.0.3.1:1 plain"),
        // Whoever that is has no address, and is not for that reason a gateway on this machine.
        ("PROXY UNKNOWN\r\n", "nobody plain"),
    ] {
        let request = "GET /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n";
        let bytes = [header, request].concat();
        assert_eq!(
            contents(&mut behind(&service, Some("10.0.0.1:9"), bytes.as_bytes(), 1)),
            [client],
            "{header}"
        );
    }
}

#[test]
fn targets_of_https_are_answered_where_the_client_came_by_it() {
    let networks = networks();
    let proxies = TrustedProxies::new(&networks);
    let service = service().with_gateways(&proxies);
    for (peer, fields, status) in [
        ("10.0.0.1:9", "Forwarded: for=1.2.3.4;proto=https\r\n", 200),
        ("10.0.0.1:9", "Forwarded: for=1.2.3.4;proto=http\r\n", 421),
        ("10.0.1.1:9", "Forwarded: for=1.2.3.4;proto=https\r\n", 421),
    ] {
        let mut driver = Driver::new(&service);
        driver.connection = from(Some(peer), driver.now);
        driver.say(&format!("GET https://a/who HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        assert_eq!(driver.answers()[0].status, status, "{peer} {fields}");
    }
}

/// Notes of whom the chain was told: when it admits, handles, and when all is over.
struct Note;

impl Middleware<App, Stream> for Note {
    fn admit(&self, _: &App, request: &Request<'_>) -> Result<(), Failure> {
        match request.peer() {
            Some(peer) if peer.ip().is_loopback() => Err(Failure::new(Status::FORBIDDEN, "")),
            _ => Ok(()),
        }
    }

    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Stream>,
        next: Next<'_, App, Stream>,
    ) {
        response.field("X-Client", &who(request));
        next.run(app, request, response);
    }
}

#[test]
fn the_chain_knows_the_client_also_of_what_is_refused() {
    let networks = networks();
    let proxies = TrustedProxies::new(&networks);
    let chain: [&dyn Middleware<App, Stream>; 1] = [&Note];
    let service = service().with_gateways(&proxies).with_middleware(&chain);
    for (name, request, status, client) in [
        ("admitted", "GET /who HTTP/1.1\r\nHost: a\r\nForwarded: for=1.2.3.4\r\n\r\n", 200, "1.2.3.4:0"),
        (
            "not admitted",
            "GET /who HTTP/1.1\r\nHost: a\r\nForwarded: for=127.0.0.1\r\n\r\n",
            403,
            "127.0.0.1:0",
        ),
        ("not found", "GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=1.2.3.4\r\n\r\n", 404, "1.2.3.4:0"),
        (
            "two hosts",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nForwarded: for=1.2.3.4\r\n\r\n",
            400,
            "1.2.3.4:0",
        ),
        (
            "content",
            "POST /sink HTTP/1.1\r\nHost: a\r\nForwarded: for=1.2.3.4\r\nContent-Length: 3\r\n\r\nabc",
            200,
            "1.2.3.4:0",
        ),
        (
            "a head that cannot be read",
            "GET / HTTP/1.1\r\nForwarded: for=1.2.3.4\r\n:\r\n\r\n",
            400,
            "10.0.0.1:9",
        ),
    ] {
        let mut driver = Driver::new(&service);
        driver.connection = from(Some("10.0.0.1:9"), driver.now);
        driver.say(request);
        let answers = driver.answers();
        assert_eq!(answers[0].status, status, "{name}");
        assert!(answers[0].has(&format!("X-Client: {client} plain")), "{name}: {}", answers[0].head);
    }
}
