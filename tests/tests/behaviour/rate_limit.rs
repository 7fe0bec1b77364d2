//! Rate limits: who is charged, what a client is told, and that a refusal comes before the content.

use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;

use bantam_core::connection::{Connection, Storage};
use bantam_core::message::date::Date;
use bantam_core::middleware::rate_limit::{
    Fallback, Key, Level, Quota, RateLimit, Store, Subject, Table, Unavailable,
};
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::memory::Memory;
use bantam_tests::serves::on_all_with;

static ROUTES: Router<(), 6> = Router::new([
    get("/plaintext", |(), _, response| response.text("Hello, World!")),
    post("/whole", |(), request, response| response.bytes("", request.body())),
    get("/fails", |(), _, _| Err(Failure::new(Status::CONFLICT, "as it should"))),
    get("/busy", |(), _, response| response.status(Status::TOO_MANY_REQUESTS).text("later")),
    get("/busier", |(), _, response| {
        response.field("Retry-After", "86400").status(Status::TOO_MANY_REQUESTS).text("much later")
    }),
    get("/full", |(), _, response| {
        let mut writer = response.writer("text/plain");
        while writer.write_str("0123456789").is_ok() {}
        response.text("the buffer was full")
    }),
]);

type Chain = [&'static dyn Middleware<()>; 1];

/// A service of its own, with a table of its own, that does not charge the last request of a connection.
fn limited(quota: Quota, set: fn(RateLimit<'static>) -> RateLimit<'static>) -> Service<'static, ()> {
    let table: &'static Table<16> = Box::leak(Box::new(Table::new(quota)));
    let limit = RateLimit::new(table).skip(|request| request.field("Host") == Some("last"));
    behind(set(limit))
}

fn behind(limit: RateLimit<'static>) -> Service<'static, ()> {
    let limit: &'static RateLimit<'static> = Box::leak(Box::new(limit));
    let chain: &'static Chain = Box::leak(Box::new([limit as &dyn Middleware<()>]));
    Service::new(&(), &ROUTES).with_middleware(chain)
}

fn hundred() -> Service<'static, ()> {
    limited(Quota::per_hour(100), |limit| limit)
}

fn two() -> Service<'static, ()> {
    limited(Quota::per_hour(2), |limit| limit)
}

fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// One connection of a client at this address, with one request.
fn ask_from(service: &Service<'static, ()>, peer: Option<&str>, now: Instant, date: u64) -> Answer {
    let request = "GET /plaintext HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n";
    answer_from(service, peer, now, date, request)
}

fn answer_from(
    service: &Service<'static, ()>,
    peer: Option<&str>,
    now: Instant,
    date: u64,
    request: &str,
) -> Answer {
    let peer: Option<SocketAddr> = peer.map(|peer| SocketAddr::new(peer.parse().expect("an address"), 4_321));
    let mut storage: Storage<NoStream, 4_096, 4_096, 16> = Storage::new();
    let mut connection = Connection::new(0, peer, now);
    let mut lent = connection.lend(service, storage.lend(), Some(Date::from_unix(date)));
    lent.receive_space()[..request.len()].copy_from_slice(request.as_bytes());
    lent.handle_received(request.len(), now);
    lent.run_handler(now, || now);
    let mut answers = answer::all(lent.poll_transmit(), &[]);
    assert_eq!(answers.len(), 1);
    answers.swap_remove(0)
}

const NOON: Instant = Instant::from_millis(43_200_000);
const DATE: u64 = 1_795_435_200;

fn statuses_from(service: &Service<'static, ()>, peers: &[Option<&str>]) -> Vec<u16> {
    peers.iter().map(|peer| ask_from(service, *peer, NOON, DATE).status).collect()
}

#[test]
fn every_answer_tells_the_quota_and_what_is_left() {
    on_all_with(hundred, |server| {
        let cases = [
            (request("GET", "/plaintext"), 200),
            (request("HEAD", "/plaintext"), 200),
            (request("GET", "/nothing"), 404),
            (request("DELETE", "/plaintext"), 405),
            (request("OPTIONS", "/plaintext"), 204),
            (request("BREW", "/plaintext"), 501),
            (request("GET", "/fails"), 409),
            (request("GET", "/full"), 500),
            ("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 200),
        ];
        for (charged, (request, status)) in cases.iter().enumerate() {
            let answer = server.ask(request.as_bytes());
            assert_eq!(answer.status, *status, "{request:?}");
            assert_eq!(answer.field("RateLimit-Policy"), Some("\"default\";q=100;w=3600"), "{request:?}");
            let left = format!("\"default\";r={};t=36", 99 - charged);
            // The first of them may be a second nearer over sockets, whose clock goes.
            let sent = answer.field("RateLimit").unwrap_or_default();
            let is_right = sent == left || sent == left.replace("t=36", "t=35");
            assert!(is_right, "{request:?}: {sent:?}, not {left:?}");
            assert_eq!(answer.field("Retry-After"), None, "{request:?}");
        }
    });
}

#[test]
fn what_could_not_be_read_is_not_charged_and_still_tells() {
    on_all_with(hundred, |server| {
        for request in
            ["GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/3.0\r\n\r\n"]
        {
            let bytes = server.converse(&[request.as_bytes()], false);
            let answers = answer::finals(&bytes, &[]);
            assert!(answers.len() == 1 && answers[0].says_close(), "{request:?}");
            assert!(matches!(answers[0].status, 400 | 505), "{request:?}");
            assert_eq!(answers[0].field("RateLimit"), Some("\"default\";r=100"), "{request:?}");
        }
    });
}

#[test]
fn what_lies_beyond_the_quota_is_429_and_the_connection_persists() {
    on_all_with(two, |server| {
        let get = request("GET", "/plaintext");
        assert_eq!([server.ask(get.as_bytes()).status, server.ask(get.as_bytes()).status], [200, 200]);
        let with_content = "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
        // Also what is not there, and what would fail: who is refused learns nothing.
        for request in [get, request("GET", "/nothing"), request("GET", "/fails"), with_content.to_owned()] {
            // That `ask` is answered twice on one connection says that it persists.
            let answer = server.ask(request.as_bytes());
            assert_eq!((answer.status, answer.says_close()), (429, false), "{request:?}");
            let text = "429 Too Many Requests: try again after the time in Retry-After\n";
            assert_eq!(answer.text(), text);
            let wait: u32 = answer.field("Retry-After").expect("a time").parse().expect("whole seconds");
            assert!((1_790..=1_800).contains(&wait), "{wait}");
            assert_eq!(answer.field("RateLimit"), Some(format!("\"default\";r=0;t={wait}").as_str()));
            assert_eq!(answer.field("RateLimit-Policy"), Some("\"default\";q=2;w=3600"));
        }
    });
}

#[test]
fn content_is_not_asked_for_beyond_the_quota() {
    on_all_with(two, |server| {
        let head =
            "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n".to_owned();
        for _ in 0..2 {
            let last = format!("{head}Connection: close\r\n\r\nhello");
            let bytes = server.converse(&[last.as_bytes()], false);
            assert_eq!(answer::finals(&bytes, &["POST"])[0].status, 200);
        }
        let bytes = server.converse(&[format!("{head}\r\n").as_bytes()], false);
        let answers = answer::all(&bytes, &["POST"]);
        assert_eq!((answers.len(), answers[0].status), (1, 429), "{}", server.name());
        assert!(answers[0].says_close(), "whether the content comes, nobody can tell");
        assert!(answers[0].field("Retry-After").is_some());
    });
}

#[test]
fn a_request_is_charged_once_however_it_comes() {
    let service = hundred();
    let mut server = Memory::<_, _>::new(&service);
    let post = "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    for byte in post.as_bytes() {
        server.deliver(&[*byte]);
    }
    server.deliver(request("GET", "/plaintext").repeat(4).as_bytes());
    let answers = answer::finals(server.output(), &["POST"]);
    let left: Vec<_> = answers.iter().filter_map(|answer| answer.field("RateLimit")).collect();
    let expected = [99, 98, 97, 96, 95].map(|left| format!("\"default\";r={left};t=36"));
    assert_eq!(left, expected);
}

#[test]
fn time_gives_the_quota_back() {
    let service = two();
    let mut server = Memory::<_, _>::new(&service);
    let mut ask = |after: u64| {
        server.pass(Duration::from_secs(after));
        server.reconnect();
        server.deliver(request("GET", "/plaintext").as_bytes());
        let answer = answer::finals(server.output(), &[]).swap_remove(0);
        (answer.status, answer.field("Retry-After").map(|seconds| seconds.parse::<u64>().expect("seconds")))
    };
    for (after, status, wait) in [
        (0, 200, None),
        (0, 200, None),
        (0, 429, Some(1_800)),
        (1_000, 429, Some(800)),
        (797, 429, Some(3)),
        (5, 200, None),
        (0, 429, Some(1_798)),
        (30 * 86_400, 200, None),
        (0, 200, None),
        (0, 429, Some(1_800)),
    ] {
        let (sent, waits) = ask(after);
        assert_eq!((sent, waits.is_some()), (status, wait.is_some()), "after {after} s");
        // Time is counted in 1024ths of the half hour that one request is worth.
        let is_near = waits.unwrap_or_default().abs_diff(wait.unwrap_or_default()) <= 2;
        assert!(is_near, "after {after} s: {waits:?}, not {wait:?}");
    }
}

#[test]
fn clients_have_quotas_of_their_own() {
    let one = || limited(Quota::per_hour(1), |limit| limit);
    type Case = (&'static str, &'static [Option<&'static str>], &'static [u16]);
    let cases: &[Case] = &[
        ("one address", &[Some("192.0.2.1"); 3], &[200, 429, 429]),
        ("two addresses", &[Some("192.0.2.1"), Some("192.0.2.2"), Some("192.0.2.1")], &[200, 200, 429]),
        ("one address in two forms", &[Some("192.0.2.1"), Some("::ffff:192.0.2.1")], &[200, 429]),
        ("one IPv6 network", &[Some("2001:db8::1"), Some("2001:db8::ffff:0:0:2")], &[200, 429]),
        ("two IPv6 networks", &[Some("2001:db8::1"), Some("2001:db8:0:1::1")], &[200, 200]),
        ("no addresses", &[None, None, Some("192.0.2.1")], &[200, 429, 200]),
    ];
    for (name, peers, expected) in cases {
        assert_eq!(statuses_from(&one(), peers), *expected, "{name}");
    }
    let wide = limited(Quota::per_hour(1), |limit| limit.ipv6_prefix(56));
    let peers = [Some("2001:db8::1"), Some("2001:db8:0:ff::1"), Some("2001:db8:0:100::1")];
    assert_eq!(statuses_from(&wide, &peers), [200, 429, 200], "another prefix");
}

#[test]
fn a_key_stands_for_a_client_wherever_it_comes_from() {
    let by_user = |limit: RateLimit<'static>| limit.by_key(|request| request.field("X-User").map(Key::from));
    let service = limited(Quota::per_hour(1), by_user);
    let ask = |peer, user: &str| {
        let request = format!("GET /plaintext HTTP/1.1\r\nHost: a\r\n{user}\r\n");
        answer_from(&service, Some(peer), NOON, DATE, &request).status
    };
    for (name, peer, user, status) in [
        ("a key", "192.0.2.1", "X-User: ada\r\n", 200),
        ("the same from elsewhere", "192.0.2.2", "X-User: ada\r\n", 429),
        ("another", "192.0.2.1", "X-User: eve\r\n", 200),
        ("no key: by address", "192.0.2.1", "", 200),
        ("again", "192.0.2.1", "", 429),
        ("from elsewhere", "192.0.2.2", "", 200),
        ("an empty one is one", "192.0.2.2", "X-User:\r\n", 200),
    ] {
        assert_eq!(ask(peer, user), status, "{name}");
    }
}

#[test]
fn a_gateways_word_for_an_address_counts_by_network_too() {
    let by_field = |limit: RateLimit<'static>| {
        limit.by_key(|request| request.field("X-Real-IP")?.parse().ok().map(Key::Address))
    };
    let service = limited(Quota::per_hour(1), by_field);
    let ask = |address: &str| {
        let request = format!("GET /plaintext HTTP/1.1\r\nHost: a\r\nX-Real-IP: {address}\r\n\r\n");
        answer_from(&service, Some("10.0.0.1"), NOON, DATE, &request).status
    };
    let statuses = ["2001:db8::1", "2001:db8::2", "2001:db8:1::1", "10.0.0.1"].map(ask);
    assert_eq!(statuses, [200, 429, 200, 200]);
    assert_eq!(ask("not an address"), 429, "it counts as the gateway's own address");
}

#[test]
fn routes_can_have_quotas_of_their_own() {
    let service = limited(Quota::per_hour(1), RateLimit::by_route);
    let ask = |path: &str| {
        let request = request("GET", path);
        answer_from(&service, Some("192.0.2.1"), NOON, DATE, &request).status
    };
    for (path, first, second) in [("/plaintext", 200, 429), ("/fails", 409, 429), ("/nothing", 404, 429)] {
        assert_eq!([ask(path), ask(path)], [first, second], "{path}");
    }
    assert_eq!(ask("/nothing/else"), 429, "what is not there is one more route");
}

#[test]
fn what_is_skipped_is_neither_charged_nor_told() {
    on_all_with(
        || limited(Quota::per_hour(1), |limit| limit.skip(|request| request.path() == "/plaintext")),
        |server| {
            for _ in 0..5 {
                let answer = server.ask(request("GET", "/plaintext").as_bytes());
                assert_eq!((answer.status, answer.field("RateLimit")), (200, None));
                assert_eq!(answer.field("RateLimit-Policy"), None);
            }
            assert_eq!(server.ask(request("GET", "/fails").as_bytes()).status, 409);
            assert_eq!(server.ask(request("GET", "/fails").as_bytes()).status, 429);
        },
    );
}

#[test]
fn a_429_of_a_handler_gets_a_time_and_a_longer_one_stays() {
    on_all_with(hundred, |server| {
        for (path, seconds, text) in [("/busy", "1", "later"), ("/busier", "86400", "much later")] {
            let answer = server.ask(request("GET", path).as_bytes());
            assert_eq!((answer.status, answer.text()), (429, text), "{path}");
            assert_eq!(answer.field("Retry-After"), Some(seconds), "{path}");
        }
    });
}

#[test]
fn several_limits_tell_of_themselves_and_the_longest_time_counts() {
    static HOURS: Table<4> = Table::new(Quota::per_hour(3));
    static MINUTES: Table<4> = Table::new(Quota::per_minute(2));
    static BY_HOUR: RateLimit = RateLimit::new(&HOURS).named("hour");
    static BY_MINUTE: RateLimit = RateLimit::new(&MINUTES).named("minute");
    static CHAIN: [&dyn Middleware<()>; 2] = [&BY_HOUR, &BY_MINUTE];
    let service = Service::new(&(), &ROUTES).with_middleware(&CHAIN);
    let ask = || ask_from(&service, Some("192.0.2.1"), NOON, DATE);
    let values = |answer: &Answer, name: &str| {
        let named = answer.fields.iter().filter(|(candidate, _)| candidate == name);
        named.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let first = ask();
    assert_eq!(values(&first, "RateLimit-Policy"), ["\"hour\";q=3;w=3600", "\"minute\";q=2;w=60"]);
    assert_eq!(values(&first, "RateLimit"), ["\"hour\";r=2;t=1200", "\"minute\";r=1;t=30"]);
    assert_eq!(ask().status, 200);
    // The inner one refuses; the outer one was charged, and has nothing left.
    let third = ask();
    assert_eq!((third.status, values(&third, "Retry-After")), (429, vec!["1200".to_owned()]));
    assert_eq!(values(&third, "RateLimit"), ["\"hour\";r=0;t=1200", "\"minute\";r=0;t=30"]);
}

/// A store that nobody can reach.
struct Gone(Quota);

impl Store for Gone {
    fn quota(&self) -> &Quota {
        &self.0
    }

    fn take(&self, _: &Subject<'_>, _: Instant) -> Result<Level, Unavailable> {
        Err(Unavailable)
    }

    fn peek(&self, _: &Subject<'_>, _: Instant) -> Result<Level, Unavailable> {
        Err(Unavailable)
    }
}

#[test]
fn a_store_that_is_gone_lets_pass_refuses_or_is_replaced() {
    static GONE: Gone = Gone(Quota::per_hour(9));
    static TABLE: Table<1> = Table::new(Quota::per_hour(1));
    static EITHER: Fallback = Fallback::new(&GONE, &TABLE);
    for (name, limit, statuses) in [
        ("lets pass", RateLimit::new(&GONE), [200, 200, 200]),
        ("refuses", RateLimit::new(&GONE).strict(), [503, 503, 503]),
        ("replaced", RateLimit::new(&EITHER).strict(), [200, 429, 429]),
    ] {
        let service = behind(limit);
        assert_eq!(statuses_from(&service, &[Some("192.0.2.1"); 3]), statuses, "{name}");
    }
}

#[test]
fn the_wall_clock_has_no_say() {
    let service = two();
    let dates = [DATE, 0, DATE + 86_400 * 365, DATE - 86_400 * 365];
    let statuses = dates.map(|date| ask_from(&service, Some("192.0.2.1"), NOON, date).status);
    assert_eq!(statuses, [200, 200, 429, 429]);
}

#[test]
fn a_flood_of_addresses_does_not_give_an_exhausted_client_a_new_quota() {
    let service = limited(Quota::per_hour(1), |limit| limit);
    assert_eq!(ask_from(&service, Some("192.0.2.1"), NOON, DATE).status, 200);
    let mut served = 0;
    for number in 0..10_000_u32 {
        let address = format!("2001:db8:{:x}:{:x}::1", number >> 8, number & 0xff);
        served += u32::from(ask_from(&service, Some(&address), NOON, DATE).status == 200);
    }
    // The table has 16 sets of seven places and one bucket in common.
    assert!(served <= 8 * 16, "{served}");
    assert_eq!(ask_from(&service, Some("192.0.2.1"), NOON, DATE).status, 429);
}
