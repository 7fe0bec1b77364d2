use super::*;

const OFFERED: [&str; 3] = ["zstd", "br", "gzip"];

#[test]
fn the_clients_weights_decide_and_then_the_order_of_the_offer() {
    use Choice::{Coded, Identity, Nothing};
    let cases: &[(&[&str], Choice)] = &[
        (&[], Identity),
        (&[""], Identity),
        (&["gzip"], Coded(2)),
        (&["gzip, br"], Coded(1)),
        (&["gzip", "br"], Coded(1)),
        (&["GZIP"], Coded(2)),
        (&["x-gzip"], Coded(2)),
        (&["gzip;q=1, br;q=0.9"], Coded(2)),
        (&["gzip;q=0.5, br;q=0.501"], Coded(1)),
        (&["gzip;q=0"], Identity),
        (&["gzip;q=0.000, br;q=0"], Identity),
        (&["*"], Coded(0)),
        (&["*;q=0.1"], Coded(0)),
        (&["gzip;q=0.5, zstd;q=0, br;q=0, *"], Identity),
        (&["*;q=0.1, identity;q=0"], Coded(0)),
        (&["*, zstd;q=0"], Coded(1)),
        (&["identity"], Identity),
        (&["identity, gzip"], Coded(2)),
        (&["identity;q=1, gzip;q=0.9"], Identity),
        (&["identity;q=0.5, gzip;q=0.9"], Coded(2)),
        (&["identity;q=0"], Nothing),
        (&["*;q=0"], Nothing),
        (&["*;q=0, identity"], Identity),
        (&["*;q=0, gzip;q=0.1"], Coded(2)),
        (&["deflate"], Identity),
        (&["deflate, identity;q=0"], Nothing),
        (&["gzip;q=2"], Identity),
        (&["gzip;q=0.1234"], Identity),
        (&["gzip;q="], Identity),
        (&["gzip;level=9"], Identity),
        (&["gzip ; q=1"], Coded(2)),
        (&["gzip;Q=1"], Coded(2)),
        (&["gzipped"], Identity),
    ];
    for (lines, choice) in cases {
        assert_eq!(choose(lines.iter().copied(), &OFFERED), *choice, "{lines:?}");
    }
}

#[test]
fn weights_by_their_grammar() {
    let cases = [
        ("0", Some(0)),
        ("1", Some(1_000)),
        ("0.", Some(0)),
        ("1.000", Some(1_000)),
        ("0.001", Some(1)),
        ("0.5", Some(500)),
        ("1.001", None),
        ("2", None),
        (".5", None),
        ("0.0000", None),
        ("+1", None),
        ("", None),
        ("0,5", None),
    ];
    for (text, weight) in cases {
        assert_eq!(qvalue(text.as_bytes()), weight, "{text}");
    }
}
