//! The flags for files and for what stands around every answer, as one would use them.

use std::io::Write as _;

use super::mistakes::refusal;
use super::*;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("top/home.html", "<!doctype html><title>home</title>".to_owned() + &"hello ".repeat(400));
    folder.write("top/missing.html", "not here");
    folder.write("top/assets/app.css", "body { color: red }");
    folder.write("top/assets/app.css.gz", "compressed beforehand");
    folder.write("top/notes.md", "# notes");
    folder
}

/// `serve` on the folder with these arguments.
fn serve(folder: &Folder, arguments: &[&str]) -> Served {
    let mut command = bantam(["serve", "-p", "0"]);
    command.arg(folder.root()).args(arguments);
    Served::start(&mut command)
}

fn get_with(served: &Served, target: &str, fields: &str) -> Answer {
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    served.connect().ask(&request)
}

#[test]
fn files_are_served_as_the_flags_say() {
    let folder = folder();
    let arguments = [
        "--index=index.html,home.html",
        "--spa=home.html",
        "--error-page=404=missing.html",
        "--cache-control=/assets/*=public, max-age=60",
        "--mime=md=text/markdown; charset=utf-8",
    ];
    let served = serve(&folder, &arguments);
    assert!(get_with(&served, "/", "").text().contains("<title>home"), "an index of another name");
    let page = get_with(&served, "/some/page", "Accept: text/html\r\n");
    assert!(page.status == 200 && page.text().contains("<title>home"), "{page:?}");
    let missing = get_with(&served, "/missing.png", "Accept: text/html\r\n");
    assert_eq!((missing.status, missing.text()), (404, "not here"));
    let style = get_with(&served, "/assets/app.css", "Accept-Encoding: gzip\r\n");
    assert_eq!((style.text(), style.field("Content-Encoding")), ("compressed beforehand", Some("gzip")));
    assert_eq!(style.field("Cache-Control"), Some("public, max-age=60"));
    assert_eq!(
        get_with(&served, "/notes.md", "").field("Content-Type"),
        Some("text/markdown; charset=utf-8")
    );

    let served = serve(&folder, &["--precompressed=false", "--listing=false", "--hidden"]);
    let style = get_with(&served, "/assets/app.css", "Accept-Encoding: gzip\r\n");
    assert_eq!((style.text(), style.field("Content-Encoding")), ("body { color: red }", None));
    assert_eq!(get_with(&served, "/", "").status, 404, "no listing");
}

#[test]
fn answers_are_wrapped_as_the_flags_say() {
    let folder = folder();
    let served =
        serve(&folder, &["--cors=https://a.example", "--compress", "--rate-limit=1", "--rate-burst=3"]);
    let page = get_with(&served, "/home.html", "Origin: https://a.example\r\nAccept-Encoding: gzip\r\n");
    assert_eq!(page.field("Access-Control-Allow-Origin"), Some("https://a.example"));
    assert_eq!(page.field("Content-Encoding"), Some("gzip"));
    assert!(page.field("X-Frame-Options").is_some() && page.field("X-Request-ID").is_some(), "{page:?}");
    assert!(page.field("RateLimit").is_some(), "{page:?}");
    let statuses: Vec<_> = (0..4).map(|_| get_with(&served, "/home.html", "").status).collect();
    assert!(statuses.starts_with(&[200, 200]) && statuses.ends_with(&[429]), "{statuses:?}");

    let bare = serve(&folder, &["--security-headers=false"]);
    let page = get_with(&bare, "/home.html", "Origin: https://a.example\r\nAccept-Encoding: gzip\r\n");
    for name in ["X-Frame-Options", "Access-Control-Allow-Origin", "Content-Encoding", "RateLimit"] {
        assert_eq!(page.field(name), None, "{name}");
    }
}

#[test]
fn a_file_of_passwords_guards_everything() {
    let folder = folder();
    // `htpasswd -nbB -C 5 ann secret`
    folder.write("users", "ann:$2y$05$UP10Ypon3KVRp6uEZAN5HeLdfkc6csu5q3PdDyTNqEe62goMTB4gS\n");
    let users = folder.root().parent().expect("its folder").join("users");
    let served = serve(&folder, &["--auth-file", users.to_str().expect("a path")]);
    let asked = get_with(&served, "/home.html", "");
    assert_eq!(asked.status, 401);
    assert!(
        asked.field("WWW-Authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")),
        "{asked:?}"
    );
    let wrong = get_with(&served, "/home.html", "Authorization: Basic YW5uOndyb25n\r\n");
    assert_eq!(wrong.status, 401);
    let right = get_with(&served, "/home.html", "Authorization: Basic YW5uOnNlY3JldA==\r\n");
    assert_eq!(right.status, 200);
}

#[test]
fn probes_and_metrics_have_the_paths_they_are_given() {
    let folder = folder();
    let served = serve(&folder, &["--health=/-/health", "--metrics=/-/metrics", "--log-skip=/-/health/live"]);
    assert_eq!(get_with(&served, "/-/health/live", "").text(), "{\"status\":\"alive\"}");
    assert_eq!(get_with(&served, "/-/health/ready", "").text(), "{\"status\":\"ready\"}");
    let full = get_with(&served, "/-/health", "");
    assert!(
        full.text().starts_with("{\"status\":\"healthy\"") && full.text().contains("\"folder\""),
        "{full:?}"
    );
    let metrics = get_with(&served, "/-/metrics", "");
    assert!(metrics.text().contains("http_server_request_duration_seconds_count"), "{}", metrics.text());
    assert_eq!(get_with(&served, "/health", "").status, 404);
    let log = served.log();
    assert!(log.len() == 4 && !log.iter().any(|line| line.contains("/live")), "{log:?}");
}

#[test]
fn the_configuration_file_has_lists() {
    let folder = folder();
    let config = folder.root().parent().expect("its folder").join("bantam.toml");
    let mut file = std::fs::File::create(&config).expect("a file");
    writeln!(file, "root = {:?}\nport = 0", folder.root()).expect("written");
    writeln!(file, "mime = [\"md=text/x-a\", \"css=text/x-b\"]\ncors = \"*\"").expect("written");
    let mut command = bantam(["serve", "--config"]);
    let served = Served::start(command.arg(&config));
    assert_eq!(get_with(&served, "/notes.md", "").field("Content-Type"), Some("text/x-a"));
    let style = get_with(&served, "/assets/app.css", "");
    assert_eq!(style.field("Content-Type"), Some("text/x-b"));
    assert_eq!(style.field("Access-Control-Allow-Origin"), Some("*"));
}

#[test]
fn mistakes_in_them_are_one_line() {
    let missing = ["--auth-file", "/nonexistent/users"];
    let cases: [(&[&str], &str); 7] = [
        (&missing, "/nonexistent/users"),
        (&["--cors", "example.com"], "an origin such as"),
        (&["--rate-burst", "5"], "--rate-limit"),
        (&["--rate-limit", "0"], "--rate-limit"),
        (&["--error-page", "200=x"], "400 to 599"),
        (&["--mime", "md"], "EXTENSION=TYPE"),
        (&["--metrics", "metrics"], "begins with a slash"),
    ];
    for (arguments, said) in cases {
        let text = refusal(bantam(["demo", "-p", "0"]).args(arguments));
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
}
