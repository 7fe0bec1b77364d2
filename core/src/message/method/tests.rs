#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::string::ToString;
use std::vec::Vec;

#[test]
fn names_are_read_back() {
    for method in Method::ALL {
        assert_eq!(Method::from_bytes(method.as_str().as_bytes()), Some(method));
        assert_eq!(method.to_string(), method.as_str());
    }
}

#[test]
fn other_names_are_no_method() {
    let cases: &[(&str, &[u8])] = &[
        ("empty", b""),
        ("lower case", b"get"),
        ("mixed case", b"Get"),
        ("prefix", b"GE"),
        ("trailing byte", b"GETS"),
        ("trailing blank", b"GET "),
        ("registered but not ours", b"PROPFIND"),
    ];
    for (name, text) in cases {
        assert_eq!(Method::from_bytes(text), None, "{name}");
    }
}

/// The table of RFC 9110 §16.1.1 and the row of RFC 5789: safe, idempotent.
#[test]
fn properties_follow_the_registry() {
    let registry = [
        ("CONNECT", false, false),
        ("DELETE", false, true),
        ("GET", true, true),
        ("HEAD", true, true),
        ("OPTIONS", true, true),
        ("PATCH", false, false),
        ("POST", false, false),
        ("PUT", false, true),
        ("TRACE", true, true),
    ];
    assert_eq!(registry.len(), Method::ALL.len());
    for (name, safe, idempotent) in registry {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        assert_eq!((method.is_safe(), method.is_idempotent()), (safe, idempotent), "{name}");
    }
}

#[test]
fn sets_keep_their_members() {
    const READ: MethodSet = MethodSet::of(Method::Head).with(Method::Get);
    let write = MethodSet::of(Method::Put).with(Method::Delete).with(Method::Patch);
    assert!(READ.contains(Method::Get) && READ.contains(Method::Head) && !READ.contains(Method::Post));
    assert!(!READ.intersects(write) && READ.intersects(MethodSet::all()));
    assert!(MethodSet::empty().is_empty() && !READ.is_empty());
    assert_eq!(MethodSet::default(), MethodSet::empty());
    assert_eq!(Method::ALL.into_iter().fold(MethodSet::empty(), MethodSet::with), MethodSet::all());
    assert_eq!(
        READ.union(write).iter().collect::<Vec<_>>(),
        [Method::Get, Method::Head, Method::Put, Method::Patch, Method::Delete]
    );
}

#[test]
fn iteration_has_the_order_of_allow() {
    let names: Vec<_> = MethodSet::all().iter().map(Method::as_str).collect();
    assert_eq!(names, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]);
    assert_eq!(MethodSet::empty().iter().count(), 0);
}
