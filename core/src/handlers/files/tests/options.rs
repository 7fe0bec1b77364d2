//! Indices, media types and cache rules, as texts of the program and as texts that were read.

use super::*;

#[test]
fn several_names_stand_for_a_folder() {
    let folder = Folder::new()
        .with("both/index.html", "html")
        .with("both/index.htm", "htm")
        .with("one/index.htm", "htm")
        .with("other/README", "readme")
        .with_folder("folder/index.html")
        .with("folder/index.htm", "htm");
    for files in folder.both() {
        let files = files.with_index_names(["index.html", "index.htm"]);
        for (target, content) in [("/both/", "html"), ("/one/", "htm"), ("/folder/", "htm")] {
            assert_eq!(get_from(&files, target).text(), content, "{target}");
        }
        assert!(get_from(&files, "/other/").text().contains("README"), "a listing");
        let files = files.with_index_names(vec![String::from("README"), String::from("../both/index.html")]);
        assert_eq!(get_from(&files, "/other/").text(), "readme");
        assert!(get_from(&files, "/one/").text().contains("<title>"), "no name is a path");
        let files = files.with_index_names([""; 0]);
        assert!(get_from(&files, "/both/").text().contains("index.html"), "none at all");
    }
}

#[test]
fn media_types_are_the_applications() {
    let folder = Folder::new()
        .with("a.ts", "")
        .with("a.d.TS", "")
        .with("a.html", "")
        .with("noext", "")
        .with(".ts", "")
        .with("b.ts.gz", "");
    let types = [("ts", "text/typescript; charset=utf-8"), ("HTML", "text/plain"), ("", "never/seen")];
    let files = folder.files().with_hidden_files(true).with_media_types(types);
    let cases = [
        ("/a.ts", "text/typescript; charset=utf-8"),
        ("/a.d.TS", "text/typescript; charset=utf-8"),
        ("/a.html", "text/plain"),
        ("/noext", "application/octet-stream"),
        ("/.ts", "application/octet-stream"),
        ("/b.ts.gz", "application/gzip"),
    ];
    for (target, media_type) in cases {
        assert_eq!(get_from(&files, target).field("Content-Type"), Some(media_type), "{target}");
    }
    let read = String::from("video/x-ours");
    let files = files.with_media_types(vec![(String::from("ts"), read)]);
    assert_eq!(get_from(&files, "/a.ts").field("Content-Type"), Some("video/x-ours"));
    let parts = folder.with("long.ts", "x".repeat(2_000));
    let files = parts.files().with_media_types(vec![("ts", String::from("video/x-ours"))]);
    let answer = get_with(&files, "/long.ts", "\r\nRange: bytes=0-0,-1");
    assert_eq!(answer.text().matches("Content-Type: video/x-ours\r\n").count(), 2, "in parts too");
}

#[test]
fn the_first_rule_that_fits_counts() {
    static RULES: [CacheRule; 4] = [
        CacheRule::fixed("/assets/*", "public, max-age=31536000, immutable"),
        CacheRule::fixed("*.css", "max-age=60"),
        CacheRule::fixed("index.html", "no-store"),
        CacheRule::fixed("*.txt", ""),
    ];
    let folder = Folder::new()
        .with("assets/a.css", "")
        .with("a.css", "")
        .with("d/index.html", "")
        .with("a.txt", "")
        .with("other", "");
    let cases = [
        ("/assets/a.css", Some("public, max-age=31536000, immutable")),
        ("/a%73sets/a.css", Some("public, max-age=31536000, immutable")),
        ("/a.css", Some("max-age=60")),
        ("/d/", Some("no-store")),
        ("/a.txt", None),
        ("/other", Some("no-cache")),
    ];
    for files in folder.both() {
        let of_the_program = files.with_cache_rules(&RULES[..]);
        let read = folder.files().with_cache_rules(RULES.to_vec());
        for files in [of_the_program, read] {
            for (target, value) in cases {
                assert_eq!(get_from(&files, target).field("Cache-Control"), value, "{target}");
                let same = get_with(&files, target, "\r\nIf-None-Match: *");
                assert_eq!((same.status(), same.field("Cache-Control")), ("304", value), "{target}");
            }
        }
    }
    let broken = folder.files().with_cache_rules(vec![CacheRule::new("*", "a\r\nSet-Cookie: b=c")]);
    let answer = get_from(&broken, "/other");
    assert_eq!((answer.status(), answer.field("Set-Cookie")), ("500", None));
}

/// B27: dots within a name lead nowhere.
#[test]
fn dots_within_a_name_are_served() {
    let folder = Folder::new()
        .with("a..b.txt", "dots")
        .with("c../d", "below")
        .with("...e", "three")
        .with("f...", "end");
    for files in folder.both() {
        let files = files.with_hidden_files(true);
        for (target, content) in [
            ("/a..b.txt", "dots"),
            ("/a%2e%2eb.txt", "dots"),
            ("/c../d", "below"),
            ("/...e", "three"),
            ("/f...", "end"),
        ] {
            let answer = get_from(&files, target);
            assert_eq!((answer.status(), answer.text()), ("200", content), "{target}");
        }
        assert!(get_from(&files, "/").text().contains("<a href=\"a..b.txt\">"));
    }
}
