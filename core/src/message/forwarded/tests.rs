use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::*;

/// `10.0.0.0/8` and `fd00::/8`.
fn trusts(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[0] == 10,
        IpAddr::V6(address) => address.octets()[0] == 0xfd,
    }
}

fn by_forwarded(values: &[&str]) -> (Option<std::string::String>, bool) {
    let client = forwarded(values.iter().map(|value| value.as_bytes()), trusts);
    (client.address.map(|address| address.to_string()), client.secured)
}

fn by_x_forwarded_for(values: &[&str]) -> Option<std::string::String> {
    x_forwarded_for(values.iter().map(|value| value.as_bytes()), trusts).map(|address| address.to_string())
}

#[test]
fn the_rightmost_that_is_not_trusted_is_the_client() {
    let many = format!("for=1.2.3.4, {}", "for=10.0.0.9, ".repeat(1_000));
    for (name, values, client) in [
        ("one", &["for=192.0.2.7"][..], Some("192.0.2.7:0")),
        ("a port", &["for=\"192.0.2.7:4711\""], Some("192.0.2.7:4711")),
        ("IPv6", &["For=\"[2001:db8::1]:4711\""], Some("[2001:db8::1]:4711")),
        ("IPv6 without a port", &["for=\"[2001:db8::1]\""], Some("[2001:db8::1]:0")),
        ("an obfuscated port", &["for=\"192.0.2.7:_p-1\""], Some("192.0.2.7:0")),
        ("other parameters", &["by=10.0.0.1;for=192.0.2.7;host=a;proto=http"], Some("192.0.2.7:0")),
        ("unknown parameters", &["a=\"b,c;for=9.9.9.9\";for=192.0.2.7;d=e"], Some("192.0.2.7:0")),
        ("behind gateways", &["for=192.0.2.7, for=10.0.0.2,for=10.0.0.3"], Some("192.0.2.7:0")),
        ("over lines", &["for=192.0.2.7", "for=10.0.0.2"], Some("192.0.2.7:0")),
        ("an IPv6 gateway", &["for=192.0.2.7, for=\"[fd00::1]:1\""], Some("192.0.2.7:0")),
        ("what the client made up", &["for=9.9.9.9, for=192.0.2.7"], Some("192.0.2.7:0")),
        ("a gateway that the client made up", &["for=10.0.0.9, for=192.0.2.7"], Some("192.0.2.7:0")),
        ("over lines too", &["for=9.9.9.9", "for=192.0.2.7, for=10.0.0.2"], Some("192.0.2.7:0")),
        ("all are trusted", &["for=10.0.0.9, for=10.0.0.2"], Some("10.0.0.9:0")),
        ("a thousand of them", &[&many], Some("1.2.3.4:0")),
        ("empty members", &[", ,for=192.0.2.7,,", ","], Some("192.0.2.7:0")),
        ("empty pairs", &[";for=192.0.2.7;;"], Some("192.0.2.7:0")),
        ("nothing", &[""], None),
        ("no line", &[], None),
    ] {
        assert_eq!(by_forwarded(values).0.as_deref(), client, "{name}");
    }
}

#[test]
fn what_cannot_be_read_ends_the_walk() {
    for (name, values, client) in [
        ("unknown", &["for=9.9.9.9, for=unknown"][..], None),
        ("unknown behind a gateway", &["for=9.9.9.9, for=unknown, for=10.0.0.2"], Some("10.0.0.2:0")),
        ("obfuscated", &["for=9.9.9.9, for=_hidden, for=10.0.0.2"], Some("10.0.0.2:0")),
        ("no address at all", &["for=9.9.9.9, proto=http, for=10.0.0.2"], Some("10.0.0.2:0")),
        ("a name", &["for=9.9.9.9, for=localhost"], None),
        ("IPv6 without brackets", &["for=9.9.9.9, for=\"2001:db8::1\""], None),
        ("a bare IPv6", &["for=9.9.9.9, for=2001:db8::1"], None),
        ("an escape", &["for=9.9.9.9, for=\"192.0.2.\\7\""], None),
        ("a leading zero", &["for=9.9.9.9, for=192.0.2.07"], None),
        ("a port too high", &["for=9.9.9.9, for=\"192.0.2.7:65536\""], None),
        ("an empty port", &["for=9.9.9.9, for=\"192.0.2.7:\""], None),
        ("an empty obfuscated port", &["for=9.9.9.9, for=\"192.0.2.7:_\""], None),
        ("behind the bracket", &["for=9.9.9.9, for=\"[::1]1\""], None),
        ("twice", &["for=9.9.9.9, for=192.0.2.7;for=192.0.2.8"], None),
        ("twice, behind a gateway", &["for=1.1.1.1;For=2.2.2.2, for=10.0.0.2"], Some("10.0.0.2:0")),
        ("a quote that does not end", &["for=9.9.9.9, for=\", for=192.0.2.7"], None),
        ("a quote that ends in the next one's", &["for=\", for=\"[2001:db8::1]\""], None),
        ("an escape at the end", &["for=\"\\", "for=10.0.0.2"], Some("10.0.0.2:0")),
        ("a quote that swallows lines", &["for=9.9.9.9, a=\"", "for=10.0.0.2"], Some("10.0.0.2:0")),
        ("blanks around the sign", &["for=9.9.9.9, for = 192.0.2.7"], None),
        ("blanks around the semicolon", &["for=9.9.9.9, for=192.0.2.7; proto=https"], None),
        ("a word", &["for=9.9.9.9, nonsense"], None),
        ("no value", &["for=9.9.9.9, for="], None),
        ("no name", &["for=9.9.9.9, =192.0.2.7"], None),
        ("something behind a quote", &["for=\"192.0.2.7\"x"], None),
    ] {
        assert_eq!(by_forwarded(values).0.as_deref(), client, "{name}");
    }
    assert_eq!(forwarded([&b"for=\"\xff\""[..]].into_iter(), trusts), Client::default());
}

#[test]
fn the_scheme_is_that_by_which_the_client_came() {
    for (value, secured) in [
        ("for=192.0.2.7;proto=https", true),
        ("proto=HTTPS;for=192.0.2.7", true),
        ("for=192.0.2.7;proto=http", false),
        ("for=192.0.2.7", false),
        ("for=192.0.2.7;proto=https, for=10.0.0.2;proto=http", true),
        ("for=192.0.2.7;proto=http, for=10.0.0.2;proto=https", false),
        ("for=9.9.9.9;proto=https, for=192.0.2.7;proto=http", false),
        ("for=unknown;proto=https, for=10.0.0.2", true),
        ("proto=https", true),
        ("for=9.9.9.9;proto=https, for=unknown", false),
        ("for=9.9.9.9;proto=https, for=1.1.1.1;for=2.2.2.2, for=10.0.0.2", false),
        ("for=192.0.2.7;proto=https;proto=http", false),
    ] {
        assert_eq!(by_forwarded(&[value]).1, secured, "{value}");
    }
}

#[test]
fn x_forwarded_for_is_walked_alike() {
    for (name, values, client) in [
        ("one", &["192.0.2.7"][..], Some("192.0.2.7:0")),
        ("a port", &["192.0.2.7:4711"], Some("192.0.2.7:4711")),
        ("IPv6", &["2001:db8::1"], Some("[2001:db8::1]:0")),
        ("IPv6 with a port", &["[2001:db8::1]:4711"], Some("[2001:db8::1]:4711")),
        ("behind gateways", &["9.9.9.9, 192.0.2.7,\t10.0.0.2", "fd00::1"], Some("192.0.2.7:0")),
        ("all are trusted", &["10.0.0.9, 10.0.0.2"], Some("10.0.0.9:0")),
        ("empty members", &[",, 192.0.2.7 ,"], Some("192.0.2.7:0")),
        ("unknown", &["9.9.9.9, unknown, 10.0.0.2"], Some("10.0.0.2:0")),
        ("a quote", &["9.9.9.9, \"192.0.2.7\""], None),
        ("a bad address", &["9.9.9.9, 192.0.2.256"], None),
        ("nothing", &[""], None),
    ] {
        assert_eq!(by_x_forwarded_for(values).as_deref(), client, "{name}");
    }
}

/// A slow reading, from the right.
fn naive(members: &[&str]) -> Option<SocketAddr> {
    let mut client = None;
    for member in members.iter().rev() {
        let Ok(address) = member.parse() else { return client };
        client = Some(SocketAddr::new(address, 0));
        if !trusts(address) {
            return client;
        }
    }
    client
}

#[test]
fn one_pass_from_the_left_comes_to_the_same_as_a_walk_from_the_right() {
    let kinds = ["1.1.1.1", "2.2.2.2", "10.0.0.1", "10.0.0.2", "x"];
    for number in 0..5_usize.pow(6) {
        let digits = (0..6).scan(number, |rest, _| Some(core::mem::replace(rest, *rest / 5) % 5));
        let members: Vec<_> = digits.map(|digit| kinds[digit]).collect();
        let found = x_forwarded_for([members.join(", ").as_bytes()].into_iter(), trusts);
        assert_eq!(found, naive(&members), "{members:?}");
        let elements: Vec<_> = members.iter().map(|member| format!("for={member}")).collect();
        let found = forwarded([elements.join(",").as_bytes()].into_iter(), trusts);
        assert_eq!(found.address, naive(&members), "{elements:?}");
    }
}
