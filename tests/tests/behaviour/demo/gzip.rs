//! `/gzip`: a coding without a compressor, which other readers understand.

use std::io::Read as _;

use bantam_core::limits::Limits;
use bantam_tests::app::demo;
use bantam_tests::memory::Memory;
use bantam_tests::serves::on_all;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::{JSON, get, get_with, json_of};

/// What a member stands for, its checksum and its length verified, and nothing behind it.
pub(super) fn plain(mut member: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(&mut member).read_to_end(&mut content).expect("a gzip member");
    assert!(member.is_empty(), "there is something behind the member");
    content
}

#[test]
fn a_request_is_described_in_gzip() {
    on_all(|server| {
        let origin = json_of(&get(server, "/ip"))["origin"].take();
        for fields in ["", "Accept-Encoding: gzip\r\n", "Accept-Encoding: identity\r\nX: \"1\"\r\nx: 2\r\n"] {
            let answer = get_with(server, "/gzip?a=b", fields);
            assert_eq!((answer.status, answer.field("Content-Type")), (200, Some(JSON)), "{answer:?}");
            assert_eq!(answer.field("Content-Encoding"), Some("gzip"));
            let length = answer.content.len().to_string();
            assert_eq!(answer.field("Content-Length"), Some(length.as_str()));
            let content = plain(&answer.content);
            let content: Value = serde_json::from_slice(&content).expect("JSON");
            let fields = json_of(&get_with(server, "/headers", fields))["headers"].take();
            assert_eq!(
                content,
                json!({ "gzipped": true, "headers": fields, "method": "GET", "origin": origin })
            );
        }
    });
}

/// Longer than the transmit buffer, and than a block of DEFLATE.
#[test]
fn much_is_described_in_constant_memory() {
    on_all(|server| {
        for length in [1_000, 3_000, 10_900, 10_950, 15_000] {
            // Each of these becomes six bytes of JSON.
            let answer = get_with(server, "/gzip", &format!("X: {}\r\n", "<".repeat(length)));
            assert_eq!(answer.status, 200, "{length}");
            let content = plain(&answer.content);
            assert!(content.len() > 6 * length, "{length}");
            let content: Value = serde_json::from_slice(&content).expect("JSON");
            assert_eq!(content["headers"]["X"], "<".repeat(length), "{length}");
        }
    });
}

#[test]
fn small_buffers_change_nothing() {
    let service = demo(Limits::DEFAULT);
    let fields = "X: 1234567890\r\n".repeat(10);
    let whole = get_with(&mut Memory::<_, _>::new(&service), "/gzip", &fields);
    let mut small = Memory::<_, _, 1_024, 512>::new(&service);
    small.step = 7;
    assert_eq!(get_with(&mut small, "/gzip", &fields), whole);
}

/// What shows the request itself has neither a tag nor a date nor parts: only conditions on its being there count.
#[test]
fn conditions_of_what_has_no_validator() {
    on_all(|server| {
        for (fields, status) in [
            ("If-None-Match: *\r\n", 304),
            ("If-None-Match: \"a\"\r\n", 200),
            ("If-Match: *\r\n", 200),
            ("If-Match: \"a\"\r\n", 412),
            ("If-Modified-Since: Mon, 23 Nov 2026 00:00:00 GMT\r\n", 200),
            ("Range: bytes=0-1\r\n", 200),
        ] {
            let answer = get_with(server, "/gzip", fields);
            assert_eq!(answer.status, status, "{fields}");
            let coding = (status == 200).then_some("gzip");
            assert_eq!((answer.field("Content-Encoding"), answer.field("ETag")), (coding, None), "{fields}");
            assert_eq!(answer.field("Accept-Ranges"), None, "{fields}");
        }
    });
}
