//! The TAP device against the kernel's own network stack, each test in a network namespace of its own.

#![cfg(target_os = "linux")]

mod echo;

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::thread;

use bantam_tests::namespace::{self, ip};
use bantam_tests::ping::ping;
use bantam_transport_smoltcp::smoltcp::phy::{Device, RxToken, TxToken};
use bantam_transport_smoltcp::smoltcp::time::Instant;
use bantam_transport_smoltcp::smoltcp::wire::{Ipv4Packet, TcpPacket};
use bantam_transport_smoltcp::tap::{Tap, TapConfig, TapError, TapReady};
use rustix::fd::AsFd;
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

const PLAIN: TapConfig = TapConfig { offload: false, hardware_address: None };
const OFFLOAD: TapConfig = TapConfig { offload: true, hardware_address: None };
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
/// The kernel's side and ours, by both versions of IP.
const PAIRS: [(&str, &str); 2] = [("10.9.0.1", "10.9.0.2"), ("fd09::1", "fd09::2")];

/// One test at a time: the child that `ip` is begins with a copy of this process's descriptors, and a device is busy as
/// long as one of them is open.
fn in_namespace(test: impl FnOnce() + Send) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    namespace::in_namespace(test);
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// A device that is up, and addresses of the kernel's side.
fn addressed(name: &str, config: TapConfig) -> Tap {
    let tap = Tap::open_with(name, config).expect("root may");
    assert_eq!(tap.offload(), config.offload, "this kernel knows the header");
    ip(&format!("addr replace 10.9.0.1/24 dev {name}"));
    ip(&format!("addr replace fd09::1/64 dev {name} nodad"));
    assert!(tap.up().expect("root may"));
    tap
}

#[test]
fn bytes_return_as_they_were_sent() {
    for config in [PLAIN, OFFLOAD] {
        for (_, ours) in PAIRS {
            in_namespace(move || {
                let mut tap = addressed("tap0", config);
                echo::with_the_kernel(&mut tap, address(ours));
                let counters = tap.counters();
                assert_eq!((counters.damaged, counters.unsent), (0, 0), "{config:?} {ours}");
                assert!(counters.received > 10 && counters.transmitted > 10, "{counters:?}");
                // A mebibyte each way is 720 frames, unless somebody leaves cutting to the other.
                assert_eq!(counters.received < 400, config.offload, "{config:?} {ours}: {counters:?}");
                let is_uncut = config.offload && address(ours).is_ipv4();
                assert_eq!(counters.transmitted < 400, is_uncut, "{config:?} {ours}: {counters:?}");
            });
        }
    }
}

/// Between a device that leaves checksums and cutting to the kernel and one that does not, the kernel does both: what we
/// leave to it comes out right on a wire, and what comes from a wire is verified.
#[test]
fn bytes_pass_a_bridge_between_unequal_devices() {
    for (here, there) in [(OFFLOAD, PLAIN), (PLAIN, OFFLOAD), (OFFLOAD, OFFLOAD)] {
        for (client, server) in PAIRS {
            in_namespace(move || {
                let [mut here, mut there] = bridged([here, there]);
                echo::between(&mut here, address(client), &mut there, address(server));
                for tap in [here, there] {
                    assert_eq!((tap.counters().damaged, tap.counters().unsent), (0, 0), "{tap:?}");
                }
            });
        }
    }
}

/// Two devices on one bridge.
fn bridged(configs: [TapConfig; 2]) -> [Tap; 2] {
    ip("link add br0 type bridge");
    ip("link set br0 up");
    let mut names = ["tap0", "tap1"].into_iter();
    configs.map(|config| {
        let name = names.next().expect("two names");
        let tap = Tap::open_with(name, config).expect("root may");
        ip(&format!("link set {name} master br0"));
        assert!(tap.up().expect("root may"));
        tap
    })
}

#[test]
fn damage_on_the_way_is_seen() {
    in_namespace(|| {
        let [mut here, mut there] = bridged([PLAIN, OFFLOAD]);
        let to = there.hardware_address();
        let right = frame_to(to);
        let mut damaged = right;
        damaged[54] ^= 1;
        for frame in [damaged, right] {
            let token = here.transmit(Instant::ZERO).expect("always");
            token.consume(frame.len(), |space| space.copy_from_slice(&frame));
        }
        assert_eq!(here.counters().transmitted, 2);
        // The kernel's own frames, such as for IPv6, may come between.
        while received(&mut there).as_slice() != right {}
        assert_eq!(there.counters().damaged, 1);
    });
}

/// TCP over IPv4 with one byte of content.
fn frame_to(to: [u8; 6]) -> [u8; 55] {
    let mut frame = [0; 55];
    frame[..6].copy_from_slice(&to);
    frame[6..14].copy_from_slice(&[2, 0, 0, 0, 0, 9, 0x08, 0]);
    frame[14..34].copy_from_slice(&[0x45, 0, 0, 41, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2]);
    frame[34..].copy_from_slice(&[0x80, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0, 0x42]);
    let [from, to] = [Ipv4Addr::new(10, 9, 0, 1), Ipv4Addr::new(10, 9, 0, 2)];
    Ipv4Packet::new_unchecked(&mut frame[14..34]).fill_checksum();
    TcpPacket::new_unchecked(&mut frame[34..]).fill_checksum(&from.into(), &to.into());
    frame
}

fn received(tap: &mut Tap) -> Vec<u8> {
    loop {
        if let Some((frame, _)) = tap.receive(Instant::ZERO) {
            return frame.consume(<[u8]>::to_vec);
        }
        assert!(tap.wait(Some(LONG), None).expect("it stays").frame, "nothing came");
    }
}

#[test]
fn a_device_that_stays_is_joined_and_left_plain() {
    in_namespace(|| {
        ip("tuntap add dev tap0 mode tap");
        for config in [OFFLOAD, PLAIN, OFFLOAD] {
            let mut tap = addressed("tap0", config);
            echo::with_the_kernel(&mut tap, address("10.9.0.2"));
            assert_eq!(tap.counters().damaged, 0, "{config:?}");
        }
        ip("link show tap0");
    });
}

#[test]
fn pings_are_answered() {
    for config in [PLAIN, OFFLOAD] {
        for (_, ours) in PAIRS {
            in_namespace(move || {
                let mut tap = addressed("tap0", config);
                let (wake, sleeper) = UnixStream::pair().expect("a pair");
                thread::scope(|scope| {
                    scope.spawn(move || {
                        // Dropped at the end, and on a panic, which wakes the stack.
                        let _wake = wake;
                        for length in [0, 1, 56, 1_000] {
                            let data = vec![0x5a; length];
                            assert_eq!(ping(address(ours), &data), data, "{ours}");
                        }
                    });
                    echo::Stack::new(&mut tap, address(ours)).run(Some(sleeper.as_fd()), |_, _| false);
                });
            });
        }
    }
}

#[test]
fn the_mtu_is_the_interfaces() {
    in_namespace(|| {
        for (mtu, config) in
            [(576, OFFLOAD), (1280, PLAIN), (9000, OFFLOAD), (65_521, PLAIN), (65_521, OFFLOAD)]
        {
            ip("tuntap add dev tap0 mode tap");
            ip(&format!("link set tap0 mtu {mtu}"));
            // RFC 8200 §5: IPv6 wants 1280 bytes.
            for (kernels, ours) in PAIRS.into_iter().take(if mtu < 1280 { 1 } else { 2 }) {
                let mut tap = Tap::open_with("tap0", config).expect("root may");
                assert_eq!((tap.mtu(), tap.capabilities().max_transmission_unit), (mtu, mtu + 14));
                ip(&match address(kernels) {
                    IpAddr::V4(_) => format!("addr add {kernels}/24 dev tap0"),
                    IpAddr::V6(_) => format!("addr add {kernels}/64 dev tap0 nodad"),
                });
                assert!(tap.up().expect("root may"));
                echo::with_the_kernel(&mut tap, address(ours));
                let before = tap.counters();
                assert_eq!((before.damaged, before.unsent), (0, 0), "{mtu} {config:?} {ours}");
                for (length, drops) in [(mtu + 14, 0), (mtu + 15, 1), (200_000, 2)] {
                    let token = tap.transmit(Instant::ZERO).expect("always");
                    assert_eq!(token.consume(length, |space| space.len()), length);
                    assert_eq!(tap.counters().unsent, drops, "{length} of {mtu}");
                }
            }
            ip("link del tap0");
        }
    });
}

#[test]
fn what_is_transmitted_while_it_is_down_is_counted() {
    in_namespace(|| {
        let mut tap = Tap::open("tap0").expect("root may");
        let send =
            |tap: &mut Tap| tap.transmit(Instant::ZERO).expect("always").consume(60, |space| space.fill(0));
        send(&mut tap);
        assert_eq!((tap.counters().transmitted, tap.counters().unsent), (0, 1));
        assert!(tap.receive(Instant::ZERO).is_none());
        assert_eq!(tap.wait(Some(Duration::ZERO), None).expect("it is there"), TapReady::default());
        assert!(tap.up().expect("root may"));
        send(&mut tap);
        assert_eq!((tap.counters().transmitted, tap.counters().unsent), (1, 1));
    });
}

#[test]
fn a_removed_device_ends_the_wait() {
    in_namespace(|| {
        let mut tap = addressed("tap0", OFFLOAD);
        ip("link del tap0");
        assert!(matches!(tap.wait(None, None), Err(TapError::Gone { name }) if name == "tap0"));
        assert!(matches!(tap.up(), Err(TapError::Gone { .. })));
        assert!(tap.receive(Instant::ZERO).is_none());
        tap.transmit(Instant::ZERO).expect("always").consume(60, |space| space.fill(0));
        assert_eq!(tap.counters().unsent, 1);
    });
}

#[test]
fn the_wait_ends_by_the_other_descriptor_and_by_time() {
    in_namespace(|| {
        let tap = Tap::open("tap0").expect("root may");
        let (wake, sleeper) = UnixStream::pair().expect("a pair");
        let wait = |until| tap.wait(until, Some(sleeper.as_fd())).expect("it is there");
        assert_eq!(wait(Some(Duration::ZERO)), TapReady::default());
        assert_eq!(wait(Some(Duration::from_nanos(1))), TapReady::default());
        std::io::Write::write_all(&mut &wake, b"!").expect("room for one byte");
        for until in [Some(Duration::ZERO), Some(Duration::MAX), None] {
            assert_eq!(wait(until), TapReady { frame: false, wake: true }, "{until:?}");
        }
        std::io::Read::read_exact(&mut &sleeper, &mut [0]).expect("the byte");
        assert_eq!(wait(Some(Duration::ZERO)), TapReady::default());
        drop(wake);
        assert_eq!(wait(None), TapReady { frame: false, wake: true });
    });
}

#[test]
fn our_address_is_not_the_kernels() {
    in_namespace(|| {
        ip("tuntap add dev tap0 mode tap");
        let ours = Tap::open("tap0").expect("root may").hardware_address();
        let [a, b, c, d, e, f] = ours;
        ip(&format!("link set tap0 address {a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"));
        assert_ne!(Tap::open("tap0").expect("root may").hardware_address(), ours);
        let config = TapConfig { hardware_address: Some([2, 1, 2, 3, 4, 5]), ..TapConfig::default() };
        assert_eq!(Tap::open_with("tap0", config).expect("root may").hardware_address(), [2, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn what_stands_in_the_way_is_told() {
    in_namespace(|| {
        ip("link add other type bridge");
        ip("tuntap add dev tun0 mode tun");
        ip("tuntap add dev queues0 mode tap multi_queue");
        for name in ["lo", "other", "tun0", "queues0"] {
            assert!(matches!(Tap::open(name), Err(TapError::OtherKind { .. })), "{name}");
        }
        let first = Tap::open("tap0").expect("root may");
        assert!(matches!(Tap::open("tap0"), Err(TapError::Busy { .. })));
        drop(first);
        assert!(Tap::open("tap0").is_ok());
    });
}

#[test]
fn without_the_right_only_an_own_device_opens() {
    in_namespace(|| {
        ip("tuntap add dev mine mode tap user 0");
        ip("tuntap add dev others mode tap user 1");
        let mut sets = capabilities(None).expect("of this thread");
        sets.effective.remove(CapabilitySet::NET_ADMIN);
        set_capabilities(None, sets).expect("less is allowed");
        for name in ["others", "new"] {
            assert!(matches!(Tap::open(name), Err(TapError::Rights { .. })), "{name}");
        }
        let mine = Tap::open("mine").expect("it was made for us");
        assert!(mine.offload());
        assert!(!mine.up().expect("no error"), "it is down, and we may not change that");
    });
}
