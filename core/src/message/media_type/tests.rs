#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::format;

#[test]
fn the_table_is_sorted_and_has_no_extension_twice() {
    for pair in TYPES.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
    }
}

#[test]
fn every_row_is_found_in_either_case() {
    for (extension, media_type) in TYPES {
        assert!(
            extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "{extension}"
        );
        assert_eq!(by_extension(format!("a.{extension}")), media_type);
        assert_eq!(by_extension(format!("/b.c/a.{}", extension.to_ascii_uppercase())), media_type);
    }
}

#[test]
fn text_carries_its_charset_and_nothing_else_does() {
    for (extension, media_type) in TYPES {
        let essence = media_type.strip_suffix("; charset=utf-8");
        let name = essence.unwrap_or(media_type);
        let is_text = name.starts_with("text/")
            || ["json", "xml"].iter().any(|suffix| name.ends_with(suffix))
            || ["application/yaml", "application/toml"].contains(&name);
        // Office documents are archives whose type name contains "xml" only inside.
        assert_eq!(essence.is_some(), is_text, "{extension}: {media_type}");
    }
}

#[test]
fn named_cases() {
    let cases = [
        ("page", "index.html", "text/html; charset=utf-8"),
        ("script", "app.js", "text/javascript; charset=utf-8"),
        ("module", "app.mjs", "text/javascript; charset=utf-8"),
        ("picture", "/a/b/photo.JPEG", "image/jpeg"),
        ("drawing", "logo.svg", "image/svg+xml; charset=utf-8"),
        ("icon", "favicon.ico", "image/vnd.microsoft.icon"),
        ("manifest", "site.webmanifest", "application/manifest+json; charset=utf-8"),
        ("configuration", "a.yml", "application/yaml; charset=utf-8"),
        ("notes", "README.md", "text/markdown; charset=utf-8"),
        ("source", "main.rs", "text/plain; charset=utf-8"),
        ("transport stream", "segment0.ts", "video/mp2t"),
        ("the last extension counts", "backup.tar.gz", "application/gzip"),
        ("module for the web", "core.wasm", "application/wasm"),
        ("digits first", "clip.3gp", "video/3gpp"),
        ("unknown", "data.qqq", OCTET_STREAM),
        ("prefix of a known one", "data.htm1", OCTET_STREAM),
        ("no dot", "Makefile", OCTET_STREAM),
        ("a dot in a folder only", "/v1.html/file", OCTET_STREAM),
        ("hidden file", "/.html", OCTET_STREAM),
        ("hidden file with extension", "/.notes.txt", "text/plain; charset=utf-8"),
        ("dot at the end", "file.", OCTET_STREAM),
        ("folder", "/a.png/", OCTET_STREAM),
        ("empty", "", OCTET_STREAM),
        ("not ASCII", "file.pñg", OCTET_STREAM),
    ];
    for (name, path, media_type) in cases {
        assert_eq!(by_extension(path), media_type, "{name}");
    }
}

#[test]
fn a_name_need_not_be_utf8() {
    assert_eq!(by_extension(b"caf\xe9.PNG"), "image/png");
    assert_eq!(by_extension(b"a.\xe9"), OCTET_STREAM);
}
