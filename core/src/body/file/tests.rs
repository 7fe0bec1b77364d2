use super::*;

fn file() -> File {
    File::open(std::env::current_exe().expect("a program")).expect("a file")
}

#[test]
fn a_part_without_bytes_is_none() {
    let file = file();
    for (name, base, offset, end, is_some) in [
        ("empty", 0, 0, 0, false),
        ("sent", 10, 7, 7, false),
        ("behind its end", 10, 8, 7, false),
        ("one byte", 10, 6, 7, true),
        ("up to the last place there is", u64::MAX - 7, 0, 7, true),
        ("beyond it", u64::MAX - 6, 0, 7, false),
    ] {
        let mut offset = offset;
        assert_eq!(FilePart::new(&file, base, &mut offset, end).is_some(), is_some, "{name}");
    }
}

#[test]
fn the_source_finds_its_offset_moved_on() {
    let file = file();
    let mut offset = 2;
    let part = FilePart::new(&file, 100, &mut offset, 10).expect("bytes");
    assert_eq!((part.position(), part.length()), (102, 8));
    assert_eq!(part.advance(3), 3);
    assert_eq!(offset, 5);
    let part = FilePart::new(&file, 100, &mut offset, 10).expect("bytes");
    assert_eq!(part.advance(u64::MAX), 5, "no more than there were");
    assert_eq!(offset, 10);
}

#[test]
fn what_is_not_owed_is_left_out() {
    let file = file();
    let mut offset = 2;
    let part = FilePart::new(&file, 0, &mut offset, 10).and_then(|part| part.up_to(4)).expect("bytes");
    assert_eq!((part.position(), part.length()), (2, 4));
    let part = FilePart::new(&file, 0, &mut offset, 10).and_then(|part| part.up_to(u64::MAX)).expect("bytes");
    assert_eq!(part.length(), 8);
    assert!(FilePart::new(&file, 0, &mut offset, 10).and_then(|part| part.up_to(0)).is_none());
}
