use super::*;

#[test]
fn a_pattern_stands_where_its_paths_look() {
    let cases = [
        ("/", of_path(b"/")),
        ("/a", of_path(b"/a")),
        ("//", of_path(b"//")),
        ("/plaintext", of_path(b"/plaintext")),
        ("/api/users", of_path(b"/api/users")),
        ("/users/:id", of_segment(b"users")),
        ("/u/:id/posts", of_segment(b"u")),
        ("//:id", of_segment(b"")),
        ("/files/*path", of_segment(b"files")),
        ("/:id", OPEN),
        ("/*path", OPEN),
    ];
    for (pattern, shelf) in cases {
        for cut in 0..pattern.len() {
            if pattern.as_bytes()[cut] == b'/' {
                // As one part, and as a part behind a prefix.
                let (prefix, own) = pattern.split_at(cut);
                let own: &'static str = own;
                let pieces = match prefix {
                    "" => Pieces::new(own),
                    prefix => Pieces::new(own).behind(prefix),
                };
                assert_eq!(pieces.shelf(), shelf, "{prefix:?} and {own:?}");
            }
        }
    }
}

#[test]
fn shelves_reach_from_their_first_to_behind_their_last() {
    let mut shelves = Shelves::EMPTY;
    for shelf in [0, 3, 3, OPEN] {
        shelves.add(shelf);
    }
    let ranges = [(0, 0..1), (1, 1..1), (2, 1..1), (3, 1..3), (4, 3..3), (OPEN, 3..4)];
    for (shelf, range) in ranges {
        assert_eq!(shelves.range(shelf), range, "{shelf}");
    }
}
