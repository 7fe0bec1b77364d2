use core::time::Duration;

use super::values::{absolute_path, media_type, mode, named, origin, page, seconds, seconds_or_none};
use super::*;

#[test]
fn the_definition_is_consistent() {
    definition().debug_assert();
}

#[test]
fn every_flag_has_its_variable() {
    let command = Cli::command();
    for argument in
        command.get_arguments().filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
    {
        let flag = argument.get_long().unwrap_or_default();
        let variable = format!("BANTAM_{}", flag.to_uppercase().replace('-', "_"));
        assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(variable.as_str()), "--{flag}");
    }
}

fn parsed(line: &[&str]) -> Result<Arguments, String> {
    from(definition(), line.iter().map(OsString::from).collect()).map_err(|error| one_line(&error))
}

#[test]
fn flags_stand_before_or_behind_the_command() {
    for line in [&["bantam", "-p", "9", "demo"], &["bantam", "demo", "-p", "9"]] {
        assert_eq!(parsed(line).map(|arguments| arguments.options.port), Ok(9), "{line:?}");
    }
}

#[test]
fn without_a_command_the_current_folder_is_served() {
    let arguments = parsed(&["bantam", "-p", "9"]).expect("a command line");
    assert!(matches!(arguments.command, Command::Serve { root } if root.as_os_str() == "."));
    assert_eq!(arguments.options.port, 9);
}

#[test]
fn a_mistake_is_one_line() {
    for line in [&["bantam", "--port", "x"][..], &["bantam", "--nope"], &["bantam", "--workers", "0"]] {
        let text = parsed(line).expect_err("a mistake");
        assert!(!text.contains('\n') && text.ends_with("(see --help)") && text.len() > 20, "{text}");
    }
}

#[test]
fn seconds_have_bounds() {
    assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1_500)));
    for text in ["0", "-1", "x", "", "1e9", "NaN", "inf"] {
        assert!(seconds(text).is_err(), "{text}");
    }
}

#[test]
fn lists_come_from_flags_that_are_repeated_and_from_one_value() {
    let lists = |line: &[&str]| {
        let options = parsed(line).expect("a command line").options;
        let mime = options.files.mime.into_iter().map(|Named { name, value }| format!("{name} {value}"));
        (options.files.index, mime.collect::<Vec<_>>())
    };
    assert_eq!(lists(&["bantam"]), (vec!["index.html".to_owned()], vec![]));
    let wanted =
        (vec!["a.html".to_owned(), "b.html".to_owned()], vec!["x a/b".to_owned(), "y c/d".to_owned()]);
    assert_eq!(lists(&["bantam", "--index", "a.html,b.html", "--mime", "x=a/b", "--mime", ".y=c/d"]), wanted);
    assert_eq!(
        lists(&["bantam", "serve", "--index=a.html", "--index=b.html", "--mime", "x=a/b,y=c/d"]),
        wanted
    );
}

#[test]
fn names_and_values() {
    let good =
        [("*.css=public, max-age=60", "*.css", "public, max-age=60"), (" /a/*=no-store", "/a/*", "no-store")];
    for (text, name, value) in good {
        assert_eq!(named(text), Ok(Named { name: name.to_owned(), value: value.to_owned() }), "{text}");
    }
    for text in ["", "=", "a", "a=", "=b", "a=b\nc", "a=\u{e9}"] {
        assert!(named(text).is_err(), "{text}");
    }
    for text in ["md", "md=", "md=text", "md=/x", "=text/x", "a.b=text/x", "a/b=text/x"] {
        assert!(media_type(text).is_err(), "{text}");
    }
}

#[test]
fn pages_of_errors() {
    let page_of = |text: &str| page(text).map(|page| (page.status.code(), page.file));
    assert_eq!(page_of("404=errors/404.html"), Ok((404, "errors/404.html".to_owned())));
    for text in ["", "404", "404=", "200=a", "600=a", "399=a", "x=a", "-404=a"] {
        assert!(page_of(text).is_err(), "{text}");
    }
}

#[test]
fn origins_and_paths() {
    for text in ["*", "https://example.com", "http://127.0.0.1:8080", "http://[::1]:8080"] {
        assert_eq!(origin(text).as_deref(), Ok(text));
    }
    let bad =
        ["", "example.com", "https://", "https://a/", "https://A", "https://a b", "https://u@a", "null"];
    let odd = ["://a", "a_b://c", "https://a!b", "https://*.a", "https://a,https://b", "https://a\\b"];
    for text in bad.into_iter().chain(odd) {
        assert!(origin(text).is_err(), "{text}");
    }
    for text in ["/metrics", "/a/b", "/"] {
        assert_eq!(absolute_path(text).as_deref(), Ok(text));
    }
    for text in ["", "metrics", "//a", "/a b", "/a?b", "/a#b", "/%41", "/\u{e9}"] {
        assert!(absolute_path(text).is_err(), "{text}");
    }
}

#[test]
fn places_to_listen() {
    let tcp = |host: &str, port| Ok(Place::Tcp(host.to_owned(), port));
    for (text, place) in [
        ("127.0.0.1:80", tcp("127.0.0.1", 80)),
        ("[::]:0", tcp("::", 0)),
        ("[::ffff:1.2.3.4]:65535", tcp("::ffff:1.2.3.4", 65_535)),
        ("localhost:8080", tcp("localhost", 8_080)),
        ("unix:/run/a b", Ok(Place::Unix("/run/a b".into()))),
        ("unix:a:1", Ok(Place::Unix("a:1".into()))),
    ] {
        assert_eq!(text.parse(), place, "{text}");
    }
    let bad = [
        "",
        "80",
        ":80",
        "a",
        "a:",
        "a:x",
        "a:+1",
        "a:65536",
        "::1:80",
        "[::1]",
        "[::1",
        "[::1]80",
        "[1.2.3.4]:1",
    ];
    for text in bad.into_iter().chain(["[]:1", "unix:", "http://a:1", "a/b:1", "[::1%1]:1"]) {
        assert!(text.parse::<Place>().is_err(), "{text}");
    }
}

#[test]
fn modes_and_pauses() {
    for (text, wanted) in [("660", 0o660), ("0600", 0o600), ("777", 0o777), ("000", 0)] {
        assert_eq!(mode(text), Ok(wanted), "{text}");
    }
    for text in ["", "66", "668", "1777", "00660", "0x1", "+60", "-rw"] {
        assert!(mode(text).is_err(), "{text}");
    }
    for (text, wanted) in
        [("0", Duration::ZERO), ("0.0", Duration::ZERO), ("2.5", Duration::from_millis(2_500))]
    {
        assert_eq!(seconds_or_none(text), Ok(wanted), "{text}");
    }
    for text in ["-1", "x", "", "86401", "NaN"] {
        assert!(seconds_or_none(text).is_err(), "{text}");
    }
}

#[test]
fn addresses_of_gateways_are_marked() {
    use super::listen::Address;
    let marked =
        |text: &str| text.parse::<Address>().map(|address| (address.place, address.has_proxy_header));
    let tcp = |host: &str, port| Place::Tcp(host.to_owned(), port);
    assert_eq!(marked("a:1"), Ok((tcp("a", 1), false)));
    assert_eq!(marked("proxy:a:1"), Ok((tcp("a", 1), true)));
    assert_eq!(marked("proxy:[::]:1"), Ok((tcp("::", 1), true)));
    assert_eq!(marked("proxy:unix:/a"), Ok((Place::Unix("/a".into()), true)));
    assert_eq!(marked("proxy:1"), Ok((tcp("proxy", 1), false)), "a host of that name");
    assert!(marked("proxy:proxy:a:1").is_err() && marked("proxy:").is_err());
}

#[test]
fn gateways() {
    use super::listen::Trusted;
    assert_eq!("unix".parse(), Ok(Trusted::Unix));
    for text in ["10.0.0.0/8", "192.0.2.1", "::1", "fd00::/8", "0.0.0.0/0", " ::1/128"] {
        assert!(matches!(text.parse(), Ok(Trusted::Network(_))), "{text}");
    }
    let bad = ["", "a", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8"];
    for text in bad.into_iter().chain(["[::1]", "unix:/a", "::/129", "::1/64"]) {
        assert!(text.parse::<Trusted>().is_err(), "{text}");
    }
}
