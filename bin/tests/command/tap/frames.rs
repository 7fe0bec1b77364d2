//! What the frames are like: whose device they go through, and how long they are.

use super::*;

/// What `ss` says of the connection to an address, by the name of a figure.
fn figure(address: &str, name: &str) -> u32 {
    let output = Command::new("ss").args(["-tinOH", "dst", address]).output().expect("`ss` of iproute2");
    let text = String::from_utf8(output.stdout).expect("text");
    let value = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'));
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text:?}"))
}

/// A hundred kilobytes each way on a connection that stays.
fn exchange(address: &str) -> Client {
    let mut client = connect(address);
    let answer = client.ask("GET /range/100000 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((answer.status, answer.content.len()), (200, 100_000));
    let sent = "0123456789".repeat(10_000);
    let answer = client.ask(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{sent}"));
    assert!(answer.status == 200 && answer.text() == sent, "{}", answer.status);
    client
}

#[test]
fn segments_fill_the_mtu_and_no_more() {
    for mtu in [1_280, 1_400, 9_000] {
        in_namespace(|| {
            ip("tuntap add dev tap0 mode tap");
            ip(&format!("link set tap0 mtu {mtu}"));
            let _served = start(&mut demo());
            for (address, headers) in [(IPV4, 40), (IPV6, 60)] {
                let _client = exchange(address);
                assert_eq!(figure(address, "mss"), mtu - headers, "to {address}, MTU {mtu}");
                assert_eq!(figure(address, "rcvmss"), mtu - headers, "from {address}, MTU {mtu}");
            }
        });
    }
}

#[test]
fn segments_are_as_short_as_the_client_wants_them() {
    in_namespace(|| {
        let _served = start(&mut demo());
        ip("route replace 10.0.0.0/24 dev tap0 src 10.0.0.1 advmss 700");
        ip("route replace fd00::/64 dev tap0 metric 256 advmss 700");
        for address in [IPV4, IPV6] {
            let _client = exchange(address);
            assert_eq!(figure(address, "rcvmss"), 700, "{address}");
        }
    });
}

#[test]
fn a_persistent_device_serves_one_after_the_other() {
    in_namespace(|| {
        ip("tuntap add dev tap0 mode tap");
        for _ in 0..3 {
            let served = start(&mut demo());
            assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
            for address in [IPV4, IPV6] {
                drop(exchange(address));
            }
            assert_eq!(served.log().len(), 4);
            ip("link show tap0");
        }
    });
}

#[test]
fn several_serve_side_by_side() {
    in_namespace(|| {
        let all: Vec<_> = (0..3)
            .map(|number| {
                let address = format!("10.0.{number}.2/24");
                let served = Served::start(&mut bantam([
                    "demo",
                    "-p",
                    "0",
                    "--tap",
                    &format!("tap{number}"),
                    "--ip",
                    &address,
                ]));
                ip(&format!("addr add 10.0.{number}.1/24 dev tap{number}"));
                served
            })
            .collect();
        for served in &all {
            assert_eq!(served.get("/plaintext").text(), "Hello, World!");
        }
    });
}
