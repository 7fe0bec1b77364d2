use super::{derive, from_seed};

const OTHER: [u8; 6] = [0x02, 0, 0, 0, 0, 1];

#[test]
fn it_is_of_one_station_and_locally_administered() {
    for name in ["tap0", "tap1", "a", "fifteen-letters", "ü", ""] {
        let [first, ..] = from_seed(b"machine", name, OTHER);
        assert_eq!(first & 0b11, 0b10, "{name}: {first:#04x}");
    }
}

#[test]
fn it_stays_and_differs_by_machine_and_name() {
    let all = [
        from_seed(b"one", "tap0", OTHER),
        from_seed(b"two", "tap0", OTHER),
        from_seed(b"one", "tap1", OTHER),
        from_seed(b"", "tap0", OTHER),
        from_seed(b"onetap", "0", OTHER),
    ];
    for (at, address) in all.iter().enumerate() {
        assert!(!all[..at].contains(address), "{at} of {all:x?}");
    }
    assert_eq!(from_seed(b"one", "tap0", OTHER), all[0]);
    assert_eq!(derive("tap0", OTHER), derive("tap0", OTHER));
}

#[test]
fn it_is_never_the_kernels() {
    let taken = from_seed(b"one", "tap0", OTHER);
    let instead = from_seed(b"one", "tap0", taken);
    assert_ne!(instead, taken);
    assert_eq!(instead[0] & 0b11, 0b10);
}
