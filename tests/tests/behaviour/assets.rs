//! A folder that a build script has put into the program, asked for over all servers.

use bantam_core::handlers::assets::Folder;
use bantam_core::prelude::*;
use bantam_tests::answer::Answer;
use bantam_tests::serves::{HELLO, Serves, on_all_with};

static SITE: Folder = include!(concat!(env!("OUT_DIR"), "/site.rs"));

const CSS: &[u8] = include_bytes!("../../site/assets/site.css");
const NOISE: &[u8] = include_bytes!("../../site/assets/noise.bin");
const INDEX: &[u8] = include_bytes!("../../site/index.html");

static ROUTES: Router<(), 2> = Router::new([
    get("/*path", |_, request, response| SITE.serve(request.param("path")?, request, response)),
    get("/plaintext", |_, _, response| response.text(HELLO)),
]);

fn service() -> Service<'static, (), NoStream> {
    Service::new(&(), &ROUTES)
}

fn get_of(server: &mut dyn Serves, path: &str, fields: &str) -> Answer {
    server.ask(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes())
}

/// The content of a gzip member without optional parts.
fn unpacked(member: &[u8]) -> Vec<u8> {
    assert_eq!(member[..4], [0x1f, 0x8b, 8, 0], "RFC 1952");
    miniz_oxide::inflate::decompress_to_vec(&member[10..member.len() - 8]).expect("deflated content")
}

#[test]
fn all_files_are_there_sorted_and_typed() {
    let names: Vec<_> = SITE.iter().map(|asset| (asset.name(), asset.content_type())).collect();
    let expected = [
        ("about/index.html", "text/html; charset=utf-8"),
        ("assets/noise.bin", "application/octet-stream"),
        ("assets/site.css", "text/css; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
    ];
    assert_eq!(names, expected);
}

#[test]
fn pages_and_their_caching() {
    on_all_with(service, |server| {
        let index = get_of(server, "/", "");
        assert_eq!((index.status, &*index.content), (200, INDEX));
        assert_eq!(index.field("Cache-Control"), Some("no-cache"));
        assert_eq!(index.field("Last-Modified"), None, "a build depends on content alone");
        let tag = index.field("ETag").expect("an entity tag");
        assert_eq!(get_of(server, "/index.html", &format!("If-None-Match: {tag}\r\n")).status, 304);
        let moved = get_of(server, "/about", "");
        assert_eq!((moved.status, moved.field("Location")), (301, Some("/about/")));
        assert_eq!(get_of(server, "/about/", "").status, 200);
        assert_eq!(get_of(server, "/assets/", "").status, 404);
        let style = get_of(server, "/assets/site.css", "");
        assert_eq!(style.field("Cache-Control"), Some("public, max-age=31536000, immutable"));
        assert_eq!((style.field("Vary"), &*style.content), (Some("Accept-Encoding"), CSS));
    });
}

#[test]
fn what_was_compressed_while_building() {
    on_all_with(service, |server| {
        let plain = get_of(server, "/assets/site.css", "");
        let coded = get_of(server, "/assets/site.css", "Accept-Encoding: br, gzip\r\n");
        assert_eq!(coded.field("Content-Encoding"), Some("gzip"));
        assert_eq!(coded.field("Content-Type"), Some("text/css; charset=utf-8"));
        assert_eq!(coded.field("Vary"), Some("Accept-Encoding"));
        assert_ne!(coded.field("ETag"), plain.field("ETag"));
        assert!(coded.content.len() * 10 < CSS.len() * 9 && unpacked(&coded.content) == CSS);
        let noise = get_of(server, "/assets/noise.bin", "Accept-Encoding: gzip\r\n");
        assert_eq!((noise.field("Content-Encoding"), noise.field("Vary")), (None, None), "nothing is saved");
        assert_eq!(noise.content, NOISE);
    });
}

#[test]
fn ranges_of_what_is_selected() {
    on_all_with(service, |server| {
        let part = get_of(server, "/assets/noise.bin", "Range: bytes=500-5499\r\n");
        assert_eq!((part.status, &*part.content), (206, &NOISE[500..5_500]));
        assert_eq!(part.field("Content-Range"), Some("bytes 500-5499/6000"));
        let whole = get_of(server, "/assets/site.css", "Accept-Encoding: gzip\r\n");
        let tag = whole.field("ETag").expect("an entity tag");
        let range = format!("Accept-Encoding: gzip\r\nIf-Range: {tag}\r\nRange: bytes=-10\r\n");
        let part = get_of(server, "/assets/site.css", &range);
        assert_eq!((part.status, part.field("Content-Encoding")), (206, Some("gzip")));
        assert_eq!(part.content, whole.content[whole.content.len() - 10..]);
        let plain = get_of(server, "/assets/site.css", &format!("If-Range: {tag}\r\nRange: bytes=-10\r\n"));
        assert_eq!((plain.status, &*plain.content), (200, CSS), "a tag of another variant");
        let several = get_of(server, "/assets/noise.bin", "Range: bytes=0-0,5000-5000\r\n");
        assert_eq!((several.status, &*several.content), (200, NOISE));
        assert_eq!(get_of(server, "/assets/noise.bin", "Range: bytes=6000-\r\n").status, 416);
    });
}
