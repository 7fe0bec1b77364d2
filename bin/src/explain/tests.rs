use super::*;

#[test]
fn splits_are_read() {
    assert_eq!("7".parse(), Ok(Split::Every(7)));
    assert_eq!("random:7".parse(), Ok(Split::Random(7)));
    for text in ["", "0", "-1", "x", "random", "random:", "random:x"] {
        assert!(text.parse::<Split>().is_err(), "{text}");
    }
}

#[test]
fn random_pieces_have_1_to_32_bytes() {
    let mut split = Split::Random(0);
    let lengths: Vec<usize> = (0..1_000).map(|_| split.next()).collect();
    assert!(lengths.iter().all(|length| (1..=32).contains(length)));
    assert!(lengths.contains(&1) && lengths.contains(&32));
}
