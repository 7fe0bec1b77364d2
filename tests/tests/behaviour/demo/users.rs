//! Users: an application that keeps something.

use bantam_core::prelude::*;
use bantam_demo::{App, ROUTES, Streams};
use bantam_tests::answer::Answer;
use bantam_tests::serves::{Serves, on_all_with};
use serde_json::{Value, json};

use super::json_of;

/// A demo with a store of its own.
fn service() -> Service<'static, App, Streams> {
    let app: &'static App = Box::leak(Box::new(App::new()));
    Service::new(app, &ROUTES)
}

fn send(server: &mut dyn Serves, method: &str, path: &str, content: &str) -> Answer {
    send_as(server, method, path, "application/json", content)
}

fn send_as(server: &mut dyn Serves, method: &str, path: &str, kind: &str, content: &str) -> Answer {
    let length = content.len();
    let fields = format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n");
    server.ask(format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}").as_bytes())
}

fn get(server: &mut dyn Serves, path: &str) -> Answer {
    super::get(server, path)
}

fn user(name: &str, email: &str) -> String {
    json!({ "name": name, "email": email }).to_string()
}

#[test]
fn a_user_is_made_read_changed_and_removed() {
    on_all_with(service, |server| {
        assert_eq!(json_of(&get(server, "/api/users")), json!([]));
        let made = send(server, "POST", "/api/users", &user("Ada \"\u{e9}\"\n", "ada@example.com"));
        assert_eq!((made.status, made.field("Location")), (201, Some("/api/users/1")));
        let expected = json!({ "id": 1, "name": "Ada \"\u{e9}\"\n", "email": "ada@example.com" });
        assert_eq!(json_of(&made), expected);
        let read = get(server, "/api/users/1");
        assert_eq!(
            (read.status, read.field("Cache-Control"), json_of(&read)),
            (200, Some("no-store"), expected.clone())
        );
        let second = send(server, "POST", "/api/users", &user("Grace", "grace@example.com"));
        assert_eq!((second.status, second.field("Location")), (201, Some("/api/users/2")));
        let all = json_of(&get(server, "/api/users"));
        assert_eq!(all, json!([expected, { "id": 2, "name": "Grace", "email": "grace@example.com" }]));

        // What was read can be sent back, with its number and what else there is.
        let put =
            send(server, "PUT", "/api/users/1", r#"{"id":1,"email":"a@b","more":[{"x":null}],"name":"A"}"#);
        assert_eq!((put.status, json_of(&put)), (200, json!({ "id": 1, "name": "A", "email": "a@b" })));
        let patched = send(server, "PATCH", "/api/users/1", r#"{"name":"B"}"#);
        assert_eq!(
            (patched.status, json_of(&patched)),
            (200, json!({ "id": 1, "name": "B", "email": "a@b" }))
        );
        assert_eq!(send(server, "PATCH", "/api/users/1", "{}").status, 200);
        assert_eq!(json_of(&get(server, "/api/users/1")), json!({ "id": 1, "name": "B", "email": "a@b" }));

        let gone = server.ask(b"DELETE /api/users/1 HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!((gone.status, gone.content.len()), (204, 0));
        for method in ["GET", "DELETE"] {
            let answer = server.ask(format!("{method} /api/users/1 HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            assert_eq!(answer.status, 404, "{method}");
        }
        assert_eq!(send(server, "PUT", "/api/users/1", &user("A", "a@b")).status, 404);
        let third = send(server, "POST", "/api/users", &user("A", "a@b"));
        assert_eq!(third.field("Location"), Some("/api/users/3"), "a number is not given twice");
    });
}

#[test]
fn what_is_wrong_is_told() {
    on_all_with(service, |server| {
        assert_eq!(send(server, "POST", "/api/users", &user("A", "a@b")).status, 201);
        let long = "x".repeat(65);
        let cases: Vec<(String, u16, &str)> = vec![
            (String::new(), 400, "cut short"),
            ("{".into(), 400, "cut short"),
            ("[]".into(), 400, "400 Bad Request: "),
            ("{\"name\":1,\"email\":\"c@d\"}".into(), 400, "byte 8"),
            ("{\"name\":\"a\" \"email\":\"c@d\"}".into(), 400, "comma"),
            ("{\"name\":\"a\",\"email\":\"c@d\",\"more\":tru}".into(), 400, "byte"),
            ("{\"name\":\"a\",\"email\":\"c@d\",\"more\":[1,]}".into(), 400, "byte"),
            ("{\"name\":\"a\",\"email\":\"c@d\"} x".into(), 400, "byte"),
            ("{}".into(), 400, "name is missing"),
            ("{\"email\":\"c@d\"}".into(), 400, "name is missing"),
            ("{\"name\":null,\"email\":\"c@d\"}".into(), 400, "name is missing"),
            ("{\"name\":\"a\"}".into(), 400, "email is missing"),
            (user("", "c@d"), 400, "name is empty"),
            (user(" \t", "c@d"), 400, "name is empty"),
            (user("a", ""), 400, "email is empty"),
            (user(&long, "c@d"), 400, "name is longer than 64 bytes"),
            (user("a", &format!("c@{long}")), 400, "email is longer than 64 bytes"),
            (user(&"\u{e9}".repeat(33), "c@d"), 400, "name is longer than 64 bytes"),
            (user("a", "c"), 400, "form of an address"),
            (user("a", "@d"), 400, "form of an address"),
            (user("a", "c@"), 400, "form of an address"),
            (user("a", "c c@d"), 400, "form of an address"),
            (user("b", "a@b"), 409, "another user has this email"),
            (user("b", "A@B"), 409, "another user has this email"),
        ];
        for (content, status, words) in &cases {
            let answer = send(server, "POST", "/api/users", content);
            assert_eq!(answer.status, *status, "{content}: {answer:?}");
            assert!(answer.text().contains(words), "{content}: {}", answer.text());
            // An empty object changes nothing; all else is as wrong in a replacement, save for the user's own address.
            let answer = send(server, "PUT", "/api/users/1", content);
            assert_eq!(answer.status, if *status == 409 { 200 } else { *status }, "{content}");
            assert_eq!(send(server, "PUT", "/api/users/1", &user("A", "a@b")).status, 200);
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            assert_eq!(send_as(server, "POST", "/api/users", kind, &user("b", "c@d")).status, 415, "{kind}");
        }
        for id in ["x", "-1", "4294967296", "1.0"] {
            assert_eq!(get(server, &format!("/api/users/{id}")).status, 400, "{id}");
        }
        for id in ["0", "2", "4294967295"] {
            assert_eq!(get(server, &format!("/api/users/{id}")).status, 404, "{id}");
        }
        assert_eq!(json_of(&get(server, "/api/users")), json!([{ "id": 1, "name": "A", "email": "a@b" }]));
    });
}

#[test]
fn the_longest_that_fits() {
    on_all_with(service, |server| {
        let (name, email) = ("\u{e9}".repeat(32), format!("{}@{}", "l".repeat(31), "h".repeat(32)));
        let made = send(server, "POST", "/api/users", &user(&name, &email));
        assert_eq!((made.status, json_of(&made)), (201, json!({ "id": 1, "name": name, "email": email })));
        let escaped = format!("{{\"name\":\"{}\",\"email\":\"\\u0063\\u0040d\"}}", "\\u0041".repeat(64));
        let answer =
            send_as(server, "PUT", "/api/users/1", "application/merge-patch+json; charset=utf-8", &escaped);
        assert_eq!((answer.status, json_of(&answer)["email"].as_str()), (200, Some("c@d")), "{answer:?}");
    });
}

#[test]
fn a_full_store_says_so() {
    on_all_with(service, |server| {
        for number in 1..=16 {
            let made = send(server, "POST", "/api/users", &user("A", &format!("{number}@a")));
            assert_eq!(made.status, 201, "{number}");
        }
        let full = send(server, "POST", "/api/users", &user("A", "17@a"));
        assert_eq!((full.status, full.text().contains("no room")), (507, true));
        assert_eq!(json_of(&get(server, "/api/users")).as_array().map(Vec::len), Some(16));
        assert_eq!(send(server, "PUT", "/api/users/16", &user("B", "1@a")).status, 409);
        assert_eq!(server.ask(b"DELETE /api/users/3 HTTP/1.1\r\nHost: a\r\n\r\n").status, 204);
        let made = send(server, "POST", "/api/users", &user("A", "3@a"));
        assert_eq!((made.status, made.field("Location")), (201, Some("/api/users/17")));
        let ids: Vec<Value> = json_of(&get(server, "/api/users"))
            .as_array()
            .expect("a list")
            .iter()
            .map(|user| user["id"].clone())
            .collect();
        assert!(!ids.contains(&json!(3)) && ids.contains(&json!(17)), "{ids:?}");
    });
}
