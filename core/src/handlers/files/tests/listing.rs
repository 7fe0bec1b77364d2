//! What a folder without an index shows.

use super::*;

#[test]
fn a_listing_shows_what_is_served() {
    let folder = Folder::new()
        .with("b.txt", "x".repeat(1_536))
        .with("A.txt", "")
        .with("<img src=x onerror=alert(1)>.txt", "")
        .with("\"quotes\"&'apostrophes'", "")
        .with("a:b", "")
        .with("50%", "")
        .with("c#d", "")
        .with("e?f", "")
        .with(b"caf\xe9", "")
        .with("z folder/a", "")
        .with_folder("Empty")
        .with_link("out", "../secret.txt")
        .with_link("up", "..")
        .with_link("broken", "nothing");
    for files in folder.both() {
        let answer = get_from(&files, "/");
        assert_eq!(answer.status(), "200");
        assert_eq!(answer.field("Content-Type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.field("Cache-Control"), Some("no-store"));
        assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"));
        let policy = Some("default-src 'none'; style-src 'unsafe-inline'");
        assert_eq!(answer.field("Content-Security-Policy"), policy);
        let page = answer.text();
        let links: Vec<&str> =
            page.split("<td><a href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
        assert_eq!(
            links,
            [
                "Empty/",
                "z%20folder/",
                "%22quotes%22%26%27apostrophes%27",
                "50%25",
                "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.txt",
                "A.txt",
                "a%3Ab",
                "b.txt",
                "c%23d",
                "caf%E9",
                "e%3Ff",
            ]
        );
        assert!(!page.contains("<img") && !page.contains("secret"));
        assert!(page.contains("<time datetime=\"2026-01-02T03:04:05Z\">2026-01-02 03:04</time>"));
        assert!(page.contains("<p>2 folders, 9 files</p>"));
        for link in links {
            assert_eq!(get_from(&files, &format!("/{link}")).status(), "200", "{link}");
        }
        let empty = get_from(&files, "/static/Empty/");
        assert!(
            empty.text().contains("This folder is empty.")
                && empty.text().contains("<a href=\"../\">../</a>")
        );
        assert_eq!(get_from(&files.with_listing(false), "/").status(), "404");
    }
}

#[test]
fn a_long_listing_is_streamed() {
    let mut folder = Folder::new();
    for number in 0..300 {
        folder = folder.with(format!("{number:03}.txt"), "");
    }
    let answer = get_from(&folder.files(), "/");
    assert!(answer.content.len() > 30_000);
    assert_eq!(answer.field("Content-Length"), Some(answer.content.len().to_string().as_str()));
    let text = answer.text();
    assert!((0..300).all(|number| text.contains(&format!("<a href=\"{number:03}.txt\">"))));
    assert!(text.ends_with("</html>\n") && text.contains("<p>0 folders, 300 files</p>"));
}

fn names(answer: &Answer) -> Vec<String> {
    let rows = answer.text().split("<tr class=\"").skip(1).filter(|row| !row.starts_with("up\""));
    rows.map(|row| row.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_string()).collect()
}

#[test]
fn a_listing_is_sorted_as_its_query_says() {
    let folder = Folder::new()
        .with("b.txt", "1")
        .with("a.txt", "333")
        .with("C.txt", "22")
        .with("d.txt", "22")
        .with("y/x", "")
        .with("z/x", "");
    set_modified(&folder.root.join("b.txt"), MODIFIED + 5);
    set_modified(&folder.root.join("a.txt"), MODIFIED + 1);
    let cases = [
        ("", "a.txt b.txt C.txt d.txt"),
        ("?sort=name", "a.txt b.txt C.txt d.txt"),
        ("?order=asc", "a.txt b.txt C.txt d.txt"),
        ("?order=desc", "d.txt C.txt b.txt a.txt"),
        ("?sort=name&order=desc", "d.txt C.txt b.txt a.txt"),
        ("?sort=size", "b.txt C.txt d.txt a.txt"),
        ("?sort=size&order=desc", "a.txt C.txt d.txt b.txt"),
        ("?sort=modified", "C.txt d.txt a.txt b.txt"),
        ("?order=desc&sort=modified", "b.txt a.txt C.txt d.txt"),
        ("?sort=%73ize", "b.txt C.txt d.txt a.txt"),
        ("?sort=colour&order=sideways", "a.txt b.txt C.txt d.txt"),
        ("?sort=sizesizesize", "a.txt b.txt C.txt d.txt"),
    ];
    for files in folder.both() {
        for (query, files_in_order) in cases {
            let answer = get_from(&files, &format!("/{query}"));
            let names = names(&answer);
            let (folders, names) = names.split_at(2);
            assert!(folders.iter().all(|name| name.ends_with('/')), "{query}: folders come first");
            assert_eq!(names.join(" "), files_in_order, "{query}");
            let json =
                get_from(&files, &format!("/{query}{}format=json", if query.is_empty() { "?" } else { "&" }));
            let in_json: Vec<_> =
                json.text().lines().skip(2).map(|line| line.split('"').nth(3).unwrap()).collect();
            assert_eq!(in_json.join(" "), files_in_order, "{query}");
        }
        assert!(get_from(&files, "/?sort=size").text().contains("?sort=size&amp;order=desc"));
    }
}

#[test]
fn a_listing_for_programs() {
    let folder = Folder::new().with("a \"b\".txt", "12").with(b"caf\xe9", "x").with("d/e", "");
    let expected = format!(
        "[{{\"name\":\"d\",\"type\":\"directory\",\"size\":null,\"modified\":\"{}\"}},\n\
         {{\"name\":\"a \\\"b\\\".txt\",\"type\":\"file\",\"size\":2,\"modified\":\"2026-01-02T03:04:05Z\"}},\n\
         {{\"name\":\"caf\u{fffd}\",\"type\":\"file\",\"size\":1,\"modified\":\"2026-01-02T03:04:05Z\",\"href\":\"caf%E9\"}}]\n",
        "2026-02-03T04:05:06Z"
    );
    let time = UNIX_EPOCH + StdDuration::from_secs(1_770_091_506);
    fs::File::open(folder.root.join("d")).unwrap().set_modified(time).unwrap();
    let cases = [
        ("/?format=json", "", true),
        ("/?format=json", "\r\nAccept: text/html", true),
        ("/", "\r\nAccept: application/json", true),
        ("/", "\r\nAccept: text/html;q=0.9, application/json", true),
        ("/?format=html", "\r\nAccept: application/json", false),
        ("/", "\r\nAccept: text/html, application/json", false),
        ("/", "\r\nAccept: */*", false),
        ("/", "", false),
    ];
    for files in folder.both() {
        for (target, fields, is_json) in cases {
            let answer = get_with(&files, target, fields);
            let media_type = if is_json { "application/json" } else { "text/html; charset=utf-8" };
            assert_eq!(answer.field("Content-Type"), Some(media_type), "{target}{fields}");
            assert_eq!(answer.field("Vary"), Some("Accept"), "{target}{fields}");
            assert_eq!(answer.field("Cache-Control"), Some("no-store"), "{target}{fields}");
            assert_eq!(answer.text() == expected, is_json, "{target}{fields}: {}", answer.text());
        }
        assert_eq!(get_from(&files, "/caf%E9").text(), "x", "what is listed is served");
        let same = get_with(&files, "/", "\r\nIf-None-Match: *");
        assert_eq!((same.status(), same.field("Vary")), ("304", Some("Accept")));
    }
}
