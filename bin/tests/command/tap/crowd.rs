//! More clients than there are slots, and clients that never say more than hello.

use core::net::Ipv4Addr;
use core::net::SocketAddr;

use bantam_transport_smoltcp::smoltcp::phy::ChecksumCapabilities;
use bantam_transport_smoltcp::smoltcp::wire::{
    IpAddress, IpProtocol, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};
use rustix::net::{AddressFamily, SendFlags, SocketType, ipproto, sendto, socket};

use super::*;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// A request for a connection (RFC 9293 §3.5) from this address, as an IP packet.
fn lone_syn(source: Ipv4Addr, port: u16) -> Vec<u8> {
    let segment = TcpRepr {
        src_port: port,
        dst_port: 8080,
        control: TcpControl::Syn,
        seq_number: TcpSeqNumber(i32::from(port) << 8),
        ack_number: None,
        window_len: 64_240,
        window_scale: Some(7),
        max_seg_size: Some(1_460),
        sack_permitted: true,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let length = segment.buffer_len();
    let packet = Ipv4Repr {
        src_addr: source,
        dst_addr: SERVER,
        next_header: IpProtocol::Tcp,
        payload_len: length,
        hop_limit: 64,
    };
    let mut bytes = vec![0; packet.buffer_len() + length];
    let checksums = ChecksumCapabilities::default();
    packet.emit(&mut Ipv4Packet::new_unchecked(&mut bytes[..]), &checksums);
    let (from, to) = (IpAddress::Ipv4(source), IpAddress::Ipv4(SERVER));
    segment.emit(&mut TcpPacket::new_unchecked(&mut bytes[20..]), &from, &to, &checksums);
    bytes
}

/// TCP segments that the kernel has sent again in this namespace.
fn retransmitted() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/net/snmp").expect("the kernel counts");
    let mut rows = text.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, values) = (rows.next().expect("names"), rows.next().expect("values"));
    let mut counters = names.split(' ').zip(values.split(' '));
    counters
        .find(|(name, _)| *name == "RetransSegs")
        .and_then(|(_, value)| value.parse().ok())
        .expect("a count")
}

/// A thousand handshakes that are never completed hold nobody up: whether their hosts are beyond the gateway, where the
/// server's answers are lost, or in the network itself, where nobody answers to their addresses.
#[test]
fn a_thousand_lone_syns_keep_nobody_out() {
    for network in [[10, 9], [10, 0]] {
        in_namespace(|| {
            let mut command = demo();
            let served = start(command.args(["--gateway", "10.0.0.1"]));
            assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
            let mut before = connect(IPV4);
            assert_eq!(before.ask(PAGE).status, 200);
            let raw = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::RAW)).expect("root may");
            let to = SocketAddr::from((SERVER, 0));
            for number in 0..1_000u16 {
                let [a, b] = network;
                let host = u8::try_from(number % 200 + 20).expect("a byte");
                let syn = lone_syn(Ipv4Addr::new(a, b, 0, host), 2_000 + number);
                sendto(&raw, &syn, SendFlags::empty(), &to).expect("it leaves");
            }
            assert_eq!(connect(IPV4).ask(PAGE).text(), "Hello, World!", "a newcomer");
            for _ in 0..20 {
                assert_eq!(get(IPV4, "/plaintext", "").status, 200, "a newcomer");
                assert_eq!(get(IPV6, "/plaintext", "").status, 200, "a newcomer");
            }
            println!("from {network:?}: {} segments were sent again", retransmitted());
        });
    }
}

#[test]
fn hundreds_at_once_are_answered_or_told_to_come_again() {
    in_namespace(|| {
        let _served = start(&mut demo());
        // Each is at work for a while, so that they meet.
        let request = "GET /drip?duration=0.5&numbytes=5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answers: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> = (0..400)
                .map(|number| {
                    let address = if number % 2 == 0 { IPV4 } else { IPV6 };
                    scope.spawn(move || {
                        let mut client = connect(address);
                        let answer = client.ask(request);
                        (answer, client.end())
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().expect("an answer")).collect()
        });
        let mut served = 0;
        for (answer, end) in &answers {
            match answer.status {
                200 => {
                    assert_eq!(answer.text(), "*****");
                    served += 1;
                }
                503 => assert!(answer.field("Retry-After").is_some() && answer.says_close(), "{answer:?}"),
                _ => panic!("{answer:?}"),
            }
            assert_eq!(*end, End::Closed(Vec::new()), "{}", answer.status);
        }
        println!("{served} of {} were served; {} segments were sent again", answers.len(), retransmitted());
        assert!(served >= 64, "as many as there are slots: {served}");
        assert_eq!(get(IPV4, "/plaintext", "").status, 200, "a newcomer");
    });
}

#[test]
fn idle_ones_make_room() {
    in_namespace(|| {
        let _served = start(&mut demo());
        let mut idle: Vec<_> = (0..300)
            .map(|number| {
                let mut client = connect(if number % 2 == 0 { IPV4 } else { IPV6 });
                assert_eq!(client.ask(PAGE).text(), "Hello, World!", "connection {number}");
                client
            })
            .collect();
        // The youngest are still there; the oldest were told properly.
        let youngest = idle.pop().expect("one").ask(PAGE);
        assert_eq!(youngest.status, 200);
        assert_eq!(idle.swap_remove(0).end(), End::Closed(Vec::new()));
    });
}

/// Waits for the address that the kernel gives the device by itself, a second or two after it has come up. To a browser
/// a new address is a changed network, for which it gives up what it is loading.
fn settle() {
    for _ in 0..100 {
        let shown = Command::new("ip").args(["-6", "addr", "show", "dev", "tap0", "scope", "link"]).output();
        let shown = String::from_utf8(shown.expect("iproute2 is installed").stdout).expect("text");
        if shown.contains("fe80:") && !shown.contains("tentative") {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("tap0 has no address of its own after ten seconds");
}

/// What a browser shows of a page; nothing without one.
fn shown(url: &str) -> Option<String> {
    settle();
    let folder = Folder::new();
    let output = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|browser| {
        let mut command = Command::new(browser);
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"]);
        command.args(["--virtual-time-budget=20000", "--timeout=20000"]);
        command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        command.arg(url).output().ok()
    });
    let Some(output) = output else {
        println!("skipped: no Chromium is installed");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_browser_shows_the_welcome_page() {
    in_namespace(|| {
        let _served = start(&mut demo());
        for address in [IPV4, IPV6] {
            let Some(page) = shown(&format!("http://{address}/")) else { return };
            // Its script puts in where it was loaded from.
            assert!(page.contains(&format!("curl -i  http://{address}/json")), "{address}: {page}");
        }
    });
}

#[test]
fn a_browser_loads_a_page_of_many_parts() {
    in_namespace(|| {
        let folder = Folder::new();
        let mut page = String::from("<!DOCTYPE html><title>parts</title><body>");
        for number in 0..40 {
            let script = format!("document.title += ' {number};' /* {} */", "x".repeat(20_000));
            folder.write(&format!("top/{number}.js"), script);
            page += &format!("<script async src=\"{number}.js\"></script>");
        }
        folder.write("top/index.html", page);
        let mut command = bantam(["serve", "-p", "0"]);
        let served = start(command.args(BOTH).arg(folder.root()));
        assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
        for address in [IPV4, IPV6] {
            let Some(page) = shown(&format!("http://{address}/")) else { return };
            let missing: Vec<_> = (0..40).filter(|number| !page.contains(&format!(" {number};"))).collect();
            assert_eq!(missing, [0; 0], "{address}: {}", &page[..page.len().min(500)]);
        }
        let log = served.log();
        let failed: Vec<_> = log.iter().filter(|line| line.contains(" 503 ")).collect();
        assert!(failed.is_empty(), "{failed:?}");
    });
}
