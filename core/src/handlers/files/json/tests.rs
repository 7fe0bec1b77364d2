use std::vec;

use super::*;

#[test]
fn entries() {
    let file = |name: &[u8], size| Entry { name: name.to_vec(), size, modified: 1_795_433_605 };
    let cases: &[(&[u8], Option<u64>, &str)] = &[
        (
            b"a.txt",
            Some(1_536),
            r#"{"name":"a.txt","type":"file","size":1536,"modified":"2026-11-23T11:33:25Z"}"#,
        ),
        (b"src", None, r#"{"name":"src","type":"directory","size":null,"modified":"2026-11-23T11:33:25Z"}"#),
        (
            b"5 GiB",
            Some(5_368_709_120),
            r#"{"name":"5 GiB","type":"file","size":5368709120,"modified":"2026-11-23T11:33:25Z"}"#,
        ),
        (
            b"\"q\"\\\n\x01\x7f</script>",
            Some(0),
            r#"{"name":"\"q\"\\\u000a\u0001\u007f\u003c/script>","type":"file","size":0,"modified":"2026-11-23T11:33:25Z"}"#,
        ),
        (
            "Ünïcode \u{1f414}".as_bytes(),
            Some(1),
            "{\"name\":\"Ünïcode \u{1f414}\",\"type\":\"file\",\"size\":1,\"modified\":\"2026-11-23T11:33:25Z\"}",
        ),
        (
            b"caf\xe9 \"x",
            None,
            "{\"name\":\"caf\u{fffd} \\\"x\",\"type\":\"directory\",\"size\":null,\"modified\":\"2026-11-23T11:33:25Z\",\"href\":\"caf%E9%20%22x/\"}",
        ),
    ];
    for (name, size, expected) in cases {
        let entries = Entries { entries: vec![file(name, *size)], has_more: false };
        assert_eq!(array(&entries), std::format!("[{expected}]\n"));
    }
    let none = Entries { entries: vec![], has_more: false };
    assert_eq!(array(&none), "[]\n");
    let two = Entries { entries: vec![file(b"a", None), file(b"b", None)], has_more: false };
    assert_eq!(array(&two).matches("},\n{").count(), 1);
}
