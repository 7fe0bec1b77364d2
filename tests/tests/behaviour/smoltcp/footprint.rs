//! What memory of a fixed size is: as large as it says, zeros until the server starts, and enough for a server.

use core::time::Duration;
use std::sync::Mutex;

use bantam_tests::app::Streams;
use bantam_tests::network::Weather;
use bantam_tests::serves::HELLO;
use bantam_transport_smoltcp::{Memory, Message, Rings};

use super::{GET, Net, answers, service};

type Small<'m> =
    Memory<'m, [Rings<1_024, 2_048>; 8], [Rings<256, 512>; 2], [Message<Streams, 1_024, 1_024, 32>; 1], 11>;
type Larger<'m> =
    Memory<'m, [Rings<1_024, 2_048>; 9], [Rings<256, 512>; 2], [Message<Streams, 1_024, 1_024, 32>; 1], 12>;
/// Large enough to be told from its surroundings.
type Large = Memory<
    'static,
    [Rings<65_536, 65_536>; 8],
    [Rings<256, 512>; 2],
    [Message<Streams, 1_024, 1_024, 32>; 1],
    10,
>;

#[test]
fn sizes_are_what_they_say() {
    assert_eq!(Small::BYTES, size_of::<Small<'_>>());
    assert_eq!(Larger::BYTES - Small::BYTES, Small::BYTES_PER_SLOT, "one slot more");
    const { assert!(Small::BYTES_PER_SLOT < 1_024 + 2_048 + 1_200) };
}

#[test]
fn fewer_messages_than_slots_are_enough() {
    let service = service();
    let mut memory = Small::new();
    let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
    let lines: Vec<_> = (0..8).map(|_| network.connect()).collect();
    for round in 1..=3 {
        lines.iter().for_each(|line| network.send(*line, GET.as_bytes()));
        network.run_for(Duration::from_millis(2));
        for line in &lines {
            let answers = answers(&network, *line);
            assert_eq!(answers.len(), round, "{:?}", network.server());
            assert_eq!(answers[round - 1].text(), HELLO);
        }
    }
}

/// A static that is not all zeros would be a copy in flash as well.
#[test]
fn a_static_is_not_in_the_program_file() {
    static LARGE: Mutex<Large> = Mutex::new(Memory::new());
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else {
        return println!("skipped: nothing tells where a static lies");
    };
    let middle = core::ptr::from_ref(core::hint::black_box(&LARGE)).addr() + Large::BYTES / 2;
    let line = maps.lines().find(|line| {
        let (from, to) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
        let parse = |text| usize::from_str_radix(text, 16).expect("an address");
        (parse(from)..parse(to)).contains(&middle)
    });
    // Permissions, offset, device and inode: 0 for memory that no file stands behind.
    let inode = line.and_then(|line| line.split_whitespace().nth(4));
    assert_eq!(inode, Some("0"), "{line:?}");
}
