use super::*;

#[test]
fn who_wants_what() {
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
    // Whether a page is wanted, and whether JSON is wanted more.
    let cases: &[(&str, &[&str], bool, bool)] = &[
        ("nothing said", &[], true, false),
        ("empty", &[""], false, false),
        ("JSON by its kind", &["application/*, */*"], false, true),
        ("nothing, said of JSON", &["application/json;q=0"], false, false),
        ("a browser", &[BROWSER], true, false),
        ("curl", &["*/*"], true, false),
        ("anything, a little", &["*/*;q=0.1"], true, false),
        ("nothing", &["*/*;q=0"], false, false),
        ("HTML alone", &["text/html"], true, false),
        ("in another case", &["TEXT/Html;Q=1"], true, false),
        ("text", &["text/*"], true, false),
        ("HTML refused", &["text/html;q=0, */*"], false, true),
        ("text but not HTML", &["text/*, text/html;q=0"], false, false),
        ("JSON alone", &["application/json"], false, true),
        ("JSON and the rest", &["application/json, text/plain, */*"], false, true),
        ("JSON, and less of the rest", &["application/json, */*;q=0.5"], false, true),
        ("JSON before HTML", &["text/html;q=0.5, application/json"], true, true),
        ("HTML before JSON", &["text/html, application/json;q=0.9"], true, false),
        ("both alike", &["application/json, text/html"], true, false),
        ("two lines", &["application/json", "text/html;q=0.2"], true, true),
        ("pictures", &["image/avif,image/webp,*/*;q=0.8"], false, false),
        ("other parameters", &["text/html;level=1;q=0.3, application/json;q=0.2"], true, false),
        ("a malformed weight", &["text/html;q=2, application/json"], false, true),
        ("no media type", &["html"], false, false),
    ];
    for (name, lines, page, json) in cases {
        let lines = lines.iter().copied();
        assert_eq!((wants_page(lines.clone()), prefers_json(lines)), (*page, *json), "{name}");
    }
}
