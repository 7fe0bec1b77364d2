//! The device against the kernel's own network stack, in namespaces that these tests make. Without root or without
//! `/dev/net/tun` they skip themselves and say so.

use std::format;

use super::{Tap, TapConfig};

mod echo;
mod namespace;

use namespace::{in_namespace, ip};

const PLAIN: TapConfig = TapConfig { offload: false, hardware_address: None };
const OFFLOAD: TapConfig = TapConfig { offload: true, hardware_address: None };

/// A device that is up, where the kernel is 10.9.0.1 and fd09::1.
fn addressed(name: &str, config: TapConfig) -> Tap {
    let tap = Tap::open_with(name, config).expect("root may");
    ip(&format!("addr add 10.9.0.1/24 dev {name}"));
    ip(&format!("addr add fd09::1/64 dev {name} nodad"));
    assert!(tap.up().expect("root may"));
    tap
}

#[test]
fn bytes_return_as_they_were_sent() {
    for (config, from, to) in [
        (PLAIN, "10.9.0.1", "10.9.0.2"),
        (OFFLOAD, "10.9.0.1", "10.9.0.2"),
        (PLAIN, "fd09::1", "fd09::2"),
        (OFFLOAD, "fd09::1", "fd09::2"),
    ] {
        in_namespace(move || {
            let mut tap = addressed("tap0", config);
            assert_eq!(tap.offload(), config.offload);
            echo::through_the_kernel(
                &mut tap,
                from.parse().expect("an address"),
                to.parse().expect("an address"),
            );
            let counters = tap.counters();
            assert_eq!((counters.damaged, counters.unsent), (0, 0), "{config:?} {to}");
            std::println!("{config:?} {to}: {counters:?}");
        });
    }
}

#[test]
fn a_persistent_device_is_joined_left_and_plain_again() {
    in_namespace(|| {
        ip("tuntap add dev tap0 mode tap");
        for config in [OFFLOAD, PLAIN, OFFLOAD] {
            let mut tap = Tap::open_with("tap0", config).expect("root may");
            ip("addr replace 10.9.0.1/24 dev tap0");
            assert!(tap.up().expect("root may"));
            echo::through_the_kernel(&mut tap, "10.9.0.1".parse().unwrap(), "10.9.0.2".parse().unwrap());
            assert_eq!(tap.counters().damaged, 0);
        }
        ip("link show tap0");
    });
}
