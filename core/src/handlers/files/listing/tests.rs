use super::*;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

const BY_NAME: Order = Order { key: Key::Name, is_descending: false };

fn file(name: &[u8], size: u64) -> Entry {
    Entry { name: name.to_vec(), size: Some(size), modified: 1_795_433_605 }
}

fn folder(name: &[u8]) -> Entry {
    Entry { name: name.to_vec(), size: None, modified: 0 }
}

fn page_of(path: &str, entries: Vec<Entry>) -> String {
    page(&std::format!("/static/{path}"), path, &Entries { entries, has_more: false }, BY_NAME)
}

#[test]
fn sizes() {
    let cases = [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.0 KiB"),
        (1_536, "1.5 KiB"),
        (102_400, "100 KiB"),
        (1_048_575, "1023 KiB"),
        (1_048_576, "1.0 MiB"),
        (5_368_709_120, "5.0 GiB"),
        (u64::MAX, "15.9 EiB"),
    ];
    for (size, text) in cases {
        assert_eq!(Size(size).to_string(), text);
    }
}

#[test]
fn names_are_escaped_in_text_and_encoded_in_links() {
    let cases: &[(&[u8], &str, &str)] = &[
        (b"a.txt", "a.txt", "a.txt"),
        (
            b"<img src=x onerror=alert(1)>.txt",
            "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.txt",
            "&lt;img src=x onerror=alert(1)&gt;.txt",
        ),
        (b"\"quoted\"&'so'", "%22quoted%22%26%27so%27", "&quot;quoted&quot;&amp;&#39;so&#39;"),
        (b"a:b", "a%3Ab", "a:b"),
        (b"50%", "50%25", "50%"),
        (b"c#", "c%23", "c#"),
        (b"why?", "why%3F", "why?"),
        (b"javascript:alert(1)", "javascript%3Aalert%281%29", "javascript:alert(1)"),
        (b"caf\xe9", "caf%E9", "caf\u{fffd}"),
        ("é".as_bytes(), "%C3%A9", "é"),
        (b"back\\slash", "back%5Cslash", "back\\slash"),
    ];
    for (name, href, text) in cases {
        let page = page_of("", vec![file(name, 7)]);
        let link = std::format!("<a href=\"{href}\">{text}</a>");
        assert!(page.contains(&link), "{link} in {page}");
    }
}

#[test]
fn a_row_says_size_and_date() {
    let page = page_of("", vec![folder(b"src"), file(b"a", 1_536), file(b"b", 1)]);
    assert!(page.contains("<tr class=\"folder\"><td><a href=\"src/\">src/</a></td><td></td><td><time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00</time></td></tr>"), "{page}");
    assert!(page.contains("<td><span title=\"1536 bytes\">1.5 KiB</span></td>"), "{page}");
    assert!(page.contains("<td><span title=\"1 byte\">1 B</span></td>"), "{page}");
    assert!(page.contains("<time datetime=\"2026-11-23T11:33:25Z\">2026-11-23 11:33</time>"), "{page}");
    assert!(page.contains("<p>1 folder, 2 files</p>"), "{page}");
}

#[test]
fn the_top_has_no_way_up_and_others_have() {
    let top = page_of("", vec![]);
    assert!(!top.contains("../"), "{top}");
    assert!(top.contains("<h1><span aria-current=\"page\">/static/</span></h1>"), "{top}");
    assert!(top.contains("This folder is empty."), "{top}");
    let below = page_of("a%20b/%3Cc%3E/", vec![]);
    assert!(below.contains("<tr class=\"up\"><td><a href=\"../\">../</a></td>"), "{below}");
    assert!(below.contains("<title>Index of /static/a b/&lt;c&gt;/</title>"), "{below}");
    let breadcrumbs = "<h1><a href=\"../../\">/static/</a><a href=\"../\">a b/</a><span aria-current=\"page\">&lt;c&gt;/</span></h1>";
    assert!(below.contains(breadcrumbs), "{below}");
}

#[test]
fn a_page_that_is_cut_says_so() {
    let page = page("/", "", &Entries { entries: vec![file(b"a", 0)], has_more: true }, BY_NAME);
    assert!(page.contains("0 folders, 1 file, and more than can be listed"), "{page}");
}

#[test]
fn heads_of_columns_sort() {
    let heads = |key, is_descending| {
        let entries = Entries { entries: vec![], has_more: false };
        let page = page("/", "", &entries, Order { key, is_descending });
        let (_, rest) = page.split_once("<thead><tr>").unwrap();
        String::from(rest.split_once("</tr></thead>").unwrap().0)
    };
    let by_name = heads(Key::Name, false);
    assert_eq!(
        by_name,
        "<th scope=\"col\" aria-sort=\"ascending\"><a href=\"?sort=name&amp;order=desc\">Name</a></th>\
         <th scope=\"col\"><a href=\"?sort=size&amp;order=asc\">Size</a></th>\
         <th scope=\"col\"><a href=\"?sort=modified&amp;order=asc\">Modified (UTC)</a></th>"
    );
    assert!(
        heads(Key::Size, true).contains(" aria-sort=\"descending\"><a href=\"?sort=size&amp;order=asc\">")
    );
    assert!(
        heads(Key::Size, false).contains(" aria-sort=\"ascending\"><a href=\"?sort=size&amp;order=desc\">")
    );
    assert_eq!(heads(Key::Modified, false).matches("aria-sort").count(), 1);
}
