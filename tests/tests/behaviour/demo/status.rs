//! Statuses, by their code or by weights.

use bantam_tests::serves::on_all;

use super::{get, json_of};

#[test]
fn every_final_status_can_be_asked_for() {
    on_all(|server| {
        for code in 200..=599 {
            let answer = get(server, &format!("/status/{code}"));
            assert_eq!(answer.status, code, "{answer:?}");
            let location = matches!(code, 301 | 302 | 303 | 305 | 307 | 308).then_some("/redirect/1");
            assert_eq!(answer.field("Location"), location, "{code}");
            let challenge = (code == 401).then_some("Basic realm=\"Fake Realm\"");
            assert_eq!(answer.field("WWW-Authenticate"), challenge, "{code}");
            assert_eq!(answer.field("Proxy-Authenticate").is_some(), code == 407, "{code}");
            assert_eq!(answer.field("Allow"), (code == 405).then_some(""), "{code}");
            assert_eq!(answer.content.is_empty(), !matches!(code, 406 | 418), "{code}");
        }
        assert!(get(server, "/status/418").text().contains("short"));
        assert!(json_of(&get(server, "/status/406"))["accept"].is_array());
    });
}

#[test]
fn any_method_gets_it() {
    on_all(|server| {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            for code in [200, 204, 205, 304, 404, 503] {
                let request =
                    format!("{method} /status/{code} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
                assert_eq!(server.ask(request.as_bytes()).status, code, "{method}");
            }
        }
    });
}

#[test]
fn one_of_several_by_weight() {
    on_all(|server| {
        for (codes, allowed) in [
            ("200,500", &[200, 500][..]),
            ("200:3,500:1", &[200, 500]),
            ("200:0,404", &[404]),
            ("201:0.25,202:0", &[201]),
            ("200%2C204", &[200, 204]),
            ("204:1", &[204]),
        ] {
            for _ in 0..20 {
                let status = get(server, &format!("/status/{codes}")).status;
                assert!(allowed.contains(&status), "{codes}: {status}");
            }
        }
    });
    // Each request on a connection draws anew.
    on_all(|server| {
        let requests = "GET /status/200,202 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(64);
        let bytes = server.converse(&[requests.as_bytes(), bantam_tests::serves::LAST.as_bytes()], false);
        let answers = bantam_tests::answer::finals(&bytes, &[]);
        let accepted = answers.iter().filter(|answer| answer.status == 202).count();
        assert!((8..=56).contains(&accepted), "{accepted} of 64");
    });
}

#[test]
fn other_numbers_are_refused() {
    on_all(|server| {
        for codes in [
            "100", "101", "199", "600", "999", "0", "-200", "abc", "200,", "200:x", "200:0", "200,100", "%FF",
        ] {
            assert_eq!(get(server, &format!("/status/{codes}")).status, 400, "{codes}");
        }
        assert_eq!(get(server, "/status/").status, 404);
        assert_eq!(get(server, "/status").status, 404);
    });
}
