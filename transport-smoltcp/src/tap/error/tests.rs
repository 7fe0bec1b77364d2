use std::io;
use std::string::ToString;

use super::TapError;

#[test]
fn each_is_one_line_that_says_what_to_do() {
    let name = || "tap0".to_string();
    for (error, does) in [
        (TapError::Name { name: "a b".to_string() }, "1 to 15 bytes"),
        (TapError::Missing, "`modprobe tun`"),
        (TapError::Closed, "`chmod 0666 /dev/net/tun`"),
        (TapError::Rights { name: name() }, "`ip tuntap add dev tap0 mode tap user $USER`"),
        (TapError::OtherKind { name: name() }, "`ip link del tap0`"),
        (TapError::Busy { name: name() }, "take another name"),
        (TapError::Gone { name: name() }, "start again"),
        (
            TapError::System {
                name: name(),
                attempt: "reading its MTU",
                error: io::ErrorKind::OutOfMemory.into(),
            },
            "tap0: reading its MTU: out of memory",
        ),
    ] {
        let line = error.to_string();
        assert!(line.contains(does), "{line}");
        assert!(!line.contains('\n') && !line.contains("  ") && !line.ends_with('.'), "{line:?}");
    }
}

#[test]
fn a_hostile_name_cannot_break_the_line() {
    let line = TapError::Name { name: "tap\n\u{1b}[31m".to_string() }.to_string();
    assert!(!line.chars().any(char::is_control), "{line:?}");
}
