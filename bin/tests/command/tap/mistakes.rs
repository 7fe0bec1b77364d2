//! What is wrong with the device, its rights or its addresses is said in one line.

use bantam_transport_smoltcp::tap::Tap;

use super::*;
use crate::mistakes::refusal;

fn with(arguments: &[&str]) -> Command {
    bantam(["demo", "-p", "0"].iter().chain(arguments))
}

/// Seen before a device is touched, so these need no namespace; `lo` is none that could be made.
#[test]
fn arguments_that_make_no_sense() {
    let cases: [(&[&str], &str); 16] = [
        (&["--ip", "10.0.0.2/24"], "--tap"),
        (&["--gateway", "10.0.0.1"], "--tap"),
        (&["--dhcp"], "--tap"),
        (&["--tap", "lo"], "--ip 10.0.0.2/24"),
        (&["--tap", "lo", "--gateway", "10.0.0.1"], "--ip 10.0.0.2/24"),
        (&["--tap", "lo", "--ip", "10.0.0.2"], "10.0.0.2"),
        (&["--tap", "lo", "--ip", "10.0.0.2/33"], "10.0.0.2/33"),
        (&["--tap", "lo", "--ip", "10.0.0/24"], "10.0.0/24"),
        (&["--tap", "lo", "--ip", "10.0.0.2/"], "10.0.0.2/"),
        (&["--tap", "lo", "--ip", "10.0.0.2/+24"], "10.0.0.2/+24"),
        (&["--tap", "lo", "--ip", "fd00::2/129"], "fd00::2/129"),
        (&["--tap", "lo", "--ip", "224.0.0.1/24"], "224.0.0.1"),
        (&["--tap", "lo", "--ip", ""], "--ip"),
        (&["--tap", "lo", "--ip", "10.0.0.2/24", "--gateway", "10.0.0.256"], "10.0.0.256"),
        (&["--tap", "a name", "--ip", "10.0.0.2/24"], "a name"),
        (&["--tap", "longer-than-any-name", "--ip", "10.0.0.2/24"], "longer-than-any-name"),
    ];
    for (arguments, said) in cases {
        let line = refusal(&mut with(arguments));
        assert!(line.contains(said), "{arguments:?}: {line}");
    }
}

#[test]
fn devices_that_cannot_be_had() {
    in_namespace(|| {
        let _busy = Tap::open("tap5").expect("a device");
        ip("link add name bridge5 type bridge");
        ip("tuntap add dev tun5 mode tun");
        ip("tuntap add dev many5 mode tap multi_queue");
        for (name, said) in [
            ("lo", "take another name"),
            ("bridge5", "take another name"),
            ("tun5", "take another name"),
            ("many5", "take another name"),
            ("tap5", "in use by another program"),
        ] {
            let line = refusal(&mut with(&["--tap", name, "--ip", "10.0.0.2/24"]));
            assert!(line.contains(name) && line.contains(said), "{name}: {line}");
        }
    });
}

#[test]
fn addresses_that_cannot_be_had() {
    in_namespace(|| {
        for (addresses, said) in [
            ("10.0.0.1/24,10.0.1.1/24,10.0.2.1/24,10.0.3.1/24,10.0.4.1/24", "too many"),
            ("0.0.0.0/24", "single host"),
            ("ff02::1/64", "single host"),
        ] {
            let line = refusal(&mut with(&["--tap", "tap0", "--ip", addresses]));
            assert!(line.contains(said), "{addresses}: {line}");
        }
        let line = refusal(&mut with(&["--tap", "tap0", "--ip", "10.0.0.2/24", "--gateway", "224.0.0.1"]));
        assert!(line.contains("gateway") || line.contains("224.0.0.1"), "{line}");
    });
}

#[test]
fn rights_that_are_missing() {
    in_namespace(|| {
        let mut command = users::without("net_admin", &with(&["--tap", "tap0", "--ip", "10.0.0.2/24"]));
        let line = refusal(&mut command);
        assert!(line.contains("ip tuntap add dev tap0 mode tap user $USER"), "{line}");
    });
}

#[test]
fn a_machine_without_devices() {
    in_namespace(|| {
        let command = with(&["--tap", "tap0", "--ip", "10.0.0.2/24"]);
        let mut command = users::after("mount -t tmpfs none /dev/net", &command);
        let line = refusal(&mut command);
        assert!(line.contains("modprobe tun"), "{line}");
    });
}
