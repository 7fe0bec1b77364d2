use super::{Checksum, Cut, HEADER, write};

/// A header by its fields, in the machine's order.
fn header(flags: u8, kind: u8, [headers, content, start, offset]: [u16; 4]) -> [u8; HEADER] {
    let [headers, content] = [headers.to_ne_bytes(), content.to_ne_bytes()];
    let [start, offset] = [start.to_ne_bytes(), offset.to_ne_bytes()];
    [flags, kind, headers[0], headers[1], content[0], content[1], start[0], start[1], offset[0], offset[1]]
}

#[test]
fn what_the_kernel_says_of_a_checksum() {
    for (name, bytes, expected) in [
        ("nothing", header(0, 0, [0; 4]), Checksum::Unknown),
        ("nothing, with fields that then mean nothing", header(0, 1, [54, 1448, 34, 16]), Checksum::Unknown),
        ("verified", header(2, 0, [0; 4]), Checksum::Verified),
        ("verified, of several segments", header(2, 4, [74, 1428, 0, 0]), Checksum::Verified),
        ("partial", header(1, 0, [0, 0, 34, 16]), Checksum::Partial { start: 34, offset: 16 }),
        (
            "partial, of several segments",
            header(1, 1, [54, 1448, 34, 16]),
            Checksum::Partial { start: 34, offset: 16 },
        ),
        (
            "partial wins over verified",
            header(3, 0, [0, 0, 54, 6]),
            Checksum::Partial { start: 54, offset: 6 },
        ),
        (
            "no order but the machine's",
            header(1, 0, [0, 0, 0x0102, 0x0304]),
            Checksum::Partial { start: 0x0102, offset: 0x0304 },
        ),
        (
            "the farthest places",
            header(1, 0, [0, 0, 65_535, 65_535]),
            Checksum::Partial { start: 65_535, offset: 65_535 },
        ),
        ("an unknown flag alone", header(0x84, 0, [0; 4]), Checksum::Unknown),
        ("all bits", [0xff; HEADER], Checksum::Partial { start: 65_535, offset: 65_535 }),
    ] {
        assert_eq!(Checksum::read(&bytes), expected, "{name}");
    }
}

#[test]
fn what_the_kernel_is_told() {
    let partial = Checksum::Partial { start: 0x0102, offset: 0x0304 };
    let cut = |ipv6| Some(Cut { ipv6, headers: 0x0506, content: 0x0708 });
    for (name, bytes, expected) in [
        ("a whole frame", write(Checksum::Unknown, None), [0; HEADER]),
        ("the kernel does not believe that it was verified", write(Checksum::Verified, None), [0; HEADER]),
        ("a checksum to compute", write(partial, None), header(1, 0, [0, 0, 0x0102, 0x0304])),
        ("to cut over IPv4", write(partial, cut(false)), header(1, 1, [0x0506, 0x0708, 0x0102, 0x0304])),
        ("to cut over IPv6", write(partial, cut(true)), header(1, 4, [0x0506, 0x0708, 0x0102, 0x0304])),
    ] {
        assert_eq!(bytes, expected, "{name}");
    }
}

#[test]
fn what_is_written_is_read() {
    for checksum in [Checksum::Unknown, Checksum::Partial { start: 54, offset: 16 }] {
        assert_eq!(Checksum::read(&write(checksum, None)), checksum);
    }
}
