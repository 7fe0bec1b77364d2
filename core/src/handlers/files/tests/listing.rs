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
