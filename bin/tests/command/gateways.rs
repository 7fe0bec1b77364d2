//! Who a client is behind gateways: by the PROXY protocol, and by fields.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use super::listeners::{converse, socket};
use super::mistakes::refusal;
use super::*;

const WHO: &str = "GET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

fn header(client: &str) -> String {
    format!("PROXY TCP4 {client} 198.51.100.1 56324 443\r\n")
}

fn origin(answer: &Answer) -> String {
    let value: Value = serde_json::from_slice(&answer.content).expect("JSON");
    value["origin"].as_str().unwrap_or("nobody").to_owned()
}

/// The addresses of the lines, from the first one on.
fn addresses(served: &Served, more: usize) -> Vec<SocketAddr> {
    let further = (0..more).map(|_| {
        let line = next(&served.errors);
        line.strip_prefix("listening on http://").expect("an address").parse().expect("an address")
    });
    core::iter::once(served.address).chain(further).collect()
}

#[test]
fn a_proxy_header_names_the_client_everywhere() {
    let folder = Folder::new();
    let path = socket(&folder);
    let listen = format!("127.0.0.1:0,proxy:127.0.0.1:0,proxy:unix:{}", path.display());
    let served = Served::start(&mut bantam(["demo", "--listen", &listen]));
    let addresses = addresses(&served, 1);
    assert_eq!(next(&served.errors), format!("listening on unix:{}", path.display()));

    let mut whole = Client::connect(addresses[1]);
    assert_eq!(origin(&whole.ask(&(header("192.0.2.1") + WHO))), "192.0.2.1");
    let mut pieces = Client::connect(addresses[1]);
    (header("192.0.2.2") + WHO).bytes().for_each(|byte| pieces.send([byte]));
    assert_eq!(origin(&pieces.answer()), "192.0.2.2");
    let binary = [
        &b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc0\0\x02\x03\xc6\x33\x64\x01\x12\x34\x01\xbb\x04\0\0"[..],
        WHO.as_bytes(),
    ]
    .concat();
    let mut second = Client::connect(addresses[1]);
    second.send(&binary);
    assert_eq!(origin(&second.answer()), "192.0.2.3");
    assert_eq!(origin(&converse(&path, &(header("192.0.2.4") + WHO))[0]), "192.0.2.4");
    let mut itself = Client::connect(addresses[1]);
    itself.send([&b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"[..], WHO.as_bytes()].concat());
    assert_eq!(origin(&itself.answer()), "127.0.0.1", "the gateway asks for itself");
    assert_eq!(origin(&Client::connect(addresses[0]).ask(WHO)), "127.0.0.1");

    let log = served.log();
    let clients: Vec<_> = log.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(clients, ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "127.0.0.1", "127.0.0.1"]);
}

#[test]
fn what_does_not_belong_there_is_closed_without_an_answer() {
    let listen = "127.0.0.1:0,proxy:127.0.0.1:0";
    let served = Served::start(&mut bantam(["demo", "--listen", listen, "--head-timeout", "0.2"]));
    let addresses = addresses(&served, 1);
    let wrong = header("192.0.2.1").replace("TCP4", "TCP5") + WHO;
    for bytes in [WHO, &wrong, "\x16\x03\x01\x02\0", "PROXY TCP4 192.0.2.1", ""] {
        let mut client = Client::connect(addresses[1]);
        client.send(bytes);
        let (End::Closed(answer) | End::Reset(answer)) = client.end();
        assert!(answer.is_empty(), "{bytes:?}: {answer:?}");
    }
    let mut client = Client::connect(addresses[0]);
    assert_eq!(client.ask(&(header("192.0.2.1") + WHO)).status, 400, "where none belongs it is no request");
    assert_eq!(served.log().len(), 1, "nobody has asked for anything else");
}

#[test]
fn only_trusted_networks_may_speak_the_proxy_protocol() {
    for (networks, is_taken) in [("192.0.2.0/24,::1", false), ("192.0.2.0/24,127.0.0.1", true)] {
        let arguments = ["demo", "-p", "0", "--proxy-protocol", "--trusted-proxies", networks];
        let served = Served::start(&mut bantam(arguments));
        let mut client = served.connect();
        client.send(header("203.0.113.9") + WHO);
        match client.answer_or_end() {
            Ok(answer) => assert!(is_taken && origin(&answer) == "203.0.113.9", "{answer:?}"),
            Err(End::Closed(bytes) | End::Reset(bytes)) => assert!(!is_taken && bytes.is_empty()),
        }
    }
}

#[test]
fn every_client_behind_a_gateway_has_a_quota_of_its_own() {
    let served = Served::start(&mut bantam([
        "demo",
        "-p",
        "0",
        "--proxy-protocol",
        "--rate-limit=1",
        "--rate-burst=2",
    ]));
    let ask = |client: &str| served.connect().ask(&(header(client) + WHO)).status;
    for client in ["192.0.2.1", "192.0.2.2"] {
        let statuses: Vec<_> = (0..8).map(|_| ask(client)).collect();
        assert!(statuses[..2] == [200, 200] && statuses[2..].contains(&429), "{client}: {statuses:?}");
    }
}

#[test]
fn fields_of_trusted_gateways_name_the_client_everywhere() {
    let served =
        Served::start(&mut bantam(["demo", "-p", "0", "--trusted-proxies", "127.0.0.0/8,10.0.0.0/8"]));
    let ask = |fields: &str| {
        let request = format!("GET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
        origin(&served.connect().ask(&request))
    };
    let cases = [
        ("", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"),
        ("X-Forwarded-For: 6.6.6.6, 192.0.2.2, 10.0.0.3\r\n", "192.0.2.2"),
        ("Forwarded: for=6.6.6.6\r\nForwarded: for=\"[2001:db8::1]:80\"\r\n", "2001:db8::1"),
        ("Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 192.0.2.2\r\n", "127.0.0.1"),
        ("Forwarded: for=_hidden\r\n", "127.0.0.1"),
    ];
    cases.iter().for_each(|(fields, client)| assert_eq!(ask(fields), *client, "{fields}"));
    let url =
        "GET /get HTTP/1.1\r\nHost: a\r\nForwarded: for=192.0.2.1;proto=https\r\nConnection: close\r\n\r\n";
    assert!(served.connect().ask(url).text().contains("\"url\":\"https://a/get\""));
    let log = served.log();
    for (line, client) in log.iter().zip(cases.map(|(_, client)| client)) {
        assert!(line.starts_with(&format!("{client} ")), "{line}");
    }
}

#[test]
fn fields_of_others_are_not_believed() {
    let folder = Folder::new();
    let path = socket(&folder);
    let listen = format!("127.0.0.1:0,unix:{}", path.display());
    let request = "GET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
    for (trusted, by_tcp, by_unix) in [
        (&[][..], "127.0.0.1", "nobody"),
        (&["--trusted-proxies", "10.0.0.0/8"], "127.0.0.1", "nobody"),
        (&["--trusted-proxies", "unix"], "127.0.0.1", "192.0.2.1"),
        (&["--trusted-proxies=127.0.0.1", "--client-field=x-forwarded-for"], "192.0.2.1", "nobody"),
        (&["--trusted-proxies=127.0.0.1,unix", "--client-field=forwarded"], "127.0.0.1", "nobody"),
    ] {
        let served = Served::start(bantam(["demo", "--listen", &listen]).args(trusted));
        assert_eq!(origin(&served.connect().ask(request)), by_tcp, "{trusted:?}");
        assert_eq!(next(&served.errors), format!("listening on unix:{}", path.display()));
        assert_eq!(origin(&converse(&path, request)[0]), by_unix, "{trusted:?}");
        served.signal(Signal::TERM);
        assert!(served.end().0.success());
    }
}

#[test]
fn a_gateway_by_a_unix_socket_is_trusted_by_its_word_only() {
    let folder = Folder::new();
    let path = socket(&folder);
    let listen = format!("127.0.0.1:0,proxy:unix:{}", path.display());
    for (trusted, is_taken) in [("127.0.0.1", false), ("unix", true)] {
        let served = Served::start(&mut bantam(["demo", "--listen", &listen, "--trusted-proxies", trusted]));
        assert_eq!(next(&served.errors), format!("listening on unix:{}", path.display()));
        let mut stream = UnixStream::connect(&path).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all((header("192.0.2.1") + WHO).as_bytes()).expect("it takes this");
        let mut bytes = Vec::new();
        let outcome = stream.read_to_end(&mut bytes);
        assert_eq!(!bytes.is_empty(), is_taken, "{trusted}: {outcome:?}");
        served.signal(Signal::TERM);
        assert!(served.end().0.success());
    }
}

#[test]
fn mistakes_about_gateways_are_one_line() {
    for (arguments, said) in [
        (
            ["demo", "--trusted-proxies", "10.0.0.1/8"],
            "the address has bits behind the first 8, which are to be 0",
        ),
        (["demo", "--trusted-proxies", "10.0.0.0/33"], "longer than the address, which has 32"),
        (["demo", "--trusted-proxies", "fd00::/129"], "longer than the address, which has 128"),
        (["demo", "--trusted-proxies", "gateway"], "a network such as 10.0.0.0/8"),
        (["demo", "--client-field", "via"], "via"),
        (["demo", "--client-field", "forwarded"], "--trusted-proxies says who they are"),
        (["demo", "--tap=bantam9", "--proxy-protocol"], "--proxy-protocol is for sockets"),
    ] {
        let line = refusal(&mut bantam(arguments));
        assert!(line.contains(said), "{arguments:?}: {line}");
    }
}
