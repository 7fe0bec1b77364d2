//! Which path names what: redirections, links, hidden files, and every way out of the folder that was thought of.

use super::*;

#[test]
fn folders_are_redirected_to_their_slash() {
    let folder = Folder::new().with("d/index.html", "index").with("d/e f/a", "").with("a:b/c", "");
    let cases = [
        ("/d", "/d/"),
        ("/d?x=1&y=/", "/d/?x=1&y=/"),
        ("/d?", "/d/?"),
        ("/d?//evil.com", "/d/?//evil.com"),
        ("/%64", "/%64/"),
        ("/d/e%20f", "/d/e%20f/"),
        ("/a:b", "/a:b/"),
        ("/static", "/static/"),
        ("/static?a", "/static/?a"),
        ("/static/d", "/static/d/"),
        ("http://evil.com/d", "/d/"),
    ];
    for files in folder.both() {
        for (target, location) in cases {
            let answer = get_from(&files, target);
            assert_eq!(answer.status(), "301", "{target}");
            assert_eq!(answer.field("Location"), Some(location), "{target}");
            assert!(answer.content.is_empty(), "{target}");
        }
        assert_eq!(get_from(&files, "/d/").text(), "index");
        assert_eq!(get_from(&files, "/static/").status(), "200");
        assert_eq!(get_from(&files, "http://host").status(), "200", "an absolute target without a path");
    }
}

#[test]
fn no_redirect_leads_to_another_host() {
    let folder = Folder::new().with("evil.com/a/b", "").with("d/evil.com/b", "");
    for files in folder.both() {
        for target in [
            "//evil.com",
            "//evil.com/a",
            "//evil.com/..",
            "//evil.com/%2e%2e",
            "///evil.com/a",
            "/d//evil.com",
            "/%2Fevil.com/a",
            "/%5Cevil.com/a",
            "/\\evil.com/a",
            "http://host//evil.com/a",
        ] {
            let answer = get_from(&files, target);
            assert!(["404", "400"].contains(&answer.status()), "{target}: {}", answer.head);
            assert_eq!(answer.field("Location"), None, "{target}");
        }
    }
}

/// A route that strips slashes itself must not turn a path into a reference to another host.
#[test]
fn no_redirect_of_a_careless_route_leads_to_another_host() {
    fn careless(files: &Files, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
        files.serve(request.path().trim_start_matches('/'), request, response)
    }
    static CARELESS: Router<Files, 1, FileStream> = Router::new([get("/*path", careless)]);
    let folder = Folder::new().with("evil.com/a", "");
    let files = folder.files();
    let service = Service::new(&files, &CARELESS);
    let mut storage = Storage::<FileStream, 1_024, 4_096, 8>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    let message = b"GET //evil.com HTTP/1.1\r\nHost: a\r\n\r\n";
    lent.receive_space()[..message.len()].copy_from_slice(message);
    lent.handle_received(message.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    assert!(lent.poll_transmit().starts_with(b"HTTP/1.1 404 "));
}

#[test]
fn nothing_leads_outside() {
    let outside = Folder::new();
    let folder = Folder::new()
        .with("a.txt", "inside")
        .with("d/b.txt", "inside")
        .with_link("out", "../secret.txt")
        .with_link("absolute", outside.outside.join("secret.txt"))
        .with_link("folder", "..")
        .with_link("back", "../top/a.txt")
        .with_link("process", "/proc/self/cwd")
        .with_link("d/up", "../../secret.txt")
        .with_link("loop", "loop")
        .with_link("broken", "nothing");
    let cases = [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/..%2Fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/.%2e/secret.txt",
        "/d/../../secret.txt",
        "/d/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%2e%2e%5csecret.txt",
        "/..%c0%afsecret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/a.txt%00",
        "/a.txt%00.png",
        "//secret.txt",
        "//a.txt",
        "/d//b.txt",
        "/d/./b.txt",
        "/./a.txt",
        "/a.txt/",
        "/a.txt/b",
        "/d%2fb.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/static/../a.txt",
        "/static/..%2f..%2fsecret.txt",
        "/static//etc/passwd",
        "/out",
        "/absolute",
        "/folder",
        "/folder/",
        "/folder/secret.txt",
        "/process",
        "/process/",
        "/d/up",
        "/loop",
        "/broken",
        "/absent",
    ];
    for files in folder.both() {
        for target in cases {
            let answer = get_from(&files, target);
            assert!(["404", "400"].contains(&answer.status()), "{target}: {}", answer.head);
            assert!(!answer.text().contains("secret\n") && !answer.text().contains("inside"), "{target}");
        }
        let absolute = format!("/{}", outside.outside.join("secret.txt").display());
        assert_eq!(get_from(&files, &absolute).status(), "404");
        let long = format!("/{}", "a".repeat(300));
        assert_eq!(get_from(&files, &long).status(), "404", "a name beyond the file system's limit");
        let longer = "/a".repeat(3_000);
        assert_eq!(get_from(&files, &longer).status(), "404", "a path beyond the kernel's limit");
    }
    // Leaving and coming back: only the kernel minds, which sees each step.
    let [beneath, resolving] = folder.both();
    assert_eq!(get_from(&beneath, "/back").status(), "404");
    assert_eq!(get_from(&resolving, "/back").status(), "200");
}

#[test]
fn links_inside_are_followed() {
    let folder = Folder::new()
        .with("a.txt", "inside")
        .with("d/b.txt", "below")
        .with_folder("e/f")
        .with_link("link.txt", "a.txt")
        .with_link("e/f/up.txt", "../../a.txt")
        .with_link("folder", "d")
        .with_folder("g")
        .with_link("g/index.html", "../a.txt");
    for files in folder.both() {
        assert_eq!(get_from(&files, "/link.txt").text(), "inside");
        assert_eq!(get_from(&files, "/e/f/up.txt").text(), "inside");
        assert_eq!(get_from(&files, "/folder/b.txt").text(), "below");
        assert_eq!(get_from(&files, "/folder").field("Location"), Some("/folder/"));
        assert_eq!(get_from(&files, "/g/").text(), "inside");
        let listing = get_from(&files, "/");
        assert!(listing.text().contains("<a href=\"folder/\">folder/</a>"), "a link to a folder is one");
        assert!(
            listing.text().contains("<a href=\"link.txt\">link.txt</a></td><td><span title=\"6 bytes\">")
        );
    }
}

#[test]
fn the_root_may_be_a_link_and_may_be_moved() {
    let folder = Folder::new().with("a.txt", "inside");
    let link = folder.outside.join("link");
    symlink("top", &link).unwrap();
    let files = Files::open(&link).unwrap();
    fs::remove_file(&link).unwrap();
    assert_eq!(get_from(&files, "/a.txt").text(), "inside");
    fs::rename(&folder.root, folder.outside.join("moved")).unwrap();
    assert_eq!(get_from(&files, "/a.txt").text(), "inside");
}

#[test]
fn hidden_files_are_served_when_asked_for() {
    let folder = Folder::new()
        .with(".env", "hidden")
        .with(".git/config", "hidden")
        .with("a/.b", "hidden")
        .with("c.d", "");
    for files in folder.both() {
        for target in ["/.env", "/%2eenv", "/.git", "/.git/", "/.git/config", "/a/.b"] {
            assert_eq!(get_from(&files, target).status(), "404", "{target}");
        }
        assert!(!get_from(&files, "/").text().contains(".git"));
        let files = files.with_hidden_files(true);
        for target in ["/.env", "/%2eenv", "/.git/config", "/a/.b"] {
            assert_eq!(get_from(&files, target).text(), "hidden", "{target}");
        }
        assert!(get_from(&files, "/").text().contains("<a href=\".git/\">.git/</a>"));
        for target in ["/..", "/.", "/%2e%2e", "/%2e"] {
            assert_eq!(get_from(&files, target).status(), "400", "{target}");
        }
    }
}

#[test]
fn only_regular_files_are_served() {
    let folder = Folder::new().with_fifo("fifo").with_folder("f").with_fifo("f/index.html");
    let _socket = std::os::unix::net::UnixListener::bind(folder.root.join("socket")).unwrap();
    for files in folder.both() {
        for target in ["/fifo", "/fifo/", "/socket", "/f/index.html"] {
            assert_eq!(get_from(&files, target).status(), "404", "{target}");
        }
        assert!(get_from(&files, "/f/").text().contains("This folder is empty."));
        let listing = get_from(&files, "/");
        assert!(!listing.text().contains("fifo") && !listing.text().contains("socket"));
    }
}

#[test]
fn what_may_not_be_read_is_forbidden() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().with("locked", "").with("d/a", "");
    for name in ["locked", "d"] {
        fs::set_permissions(folder.root.join(name), fs::Permissions::from_mode(0o0)).unwrap();
    }
    if fs::File::open(folder.root.join("locked")).is_err() {
        for files in folder.both() {
            for target in ["/locked", "/d", "/d/", "/d/a"] {
                assert_eq!(get_from(&files, target).status(), "403", "{target}");
            }
        }
    } // else this runs as root, who may read everything
    fs::set_permissions(folder.root.join("d"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn errors_of_the_system() {
    use rustix::io::Errno;
    let cases = [
        (Errno::NOENT, 404),
        (Errno::XDEV, 404),
        (Errno::LOOP, 404),
        (Errno::ACCESS, 403),
        (Errno::MFILE, 503),
        (Errno::NFILE, 503),
        (Errno::NOMEM, 503),
        (Errno::IO, 500),
    ];
    for (errno, status) in cases {
        assert_eq!(Failure::from(Unopened::from(errno)).status().code(), status, "{errno}");
        assert_eq!(Unopened::from(io::Error::from(errno)), Unopened::from(errno));
    }
}
