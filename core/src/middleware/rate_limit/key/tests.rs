use core::net::Ipv4Addr;
use std::collections::HashSet;
use std::format;
use std::string::String;
use std::vec;

use super::*;

const SEED: u64 = 0xfeed;

fn address(text: &str, prefix: u8) -> u64 {
    Subject::new(Key::Address(text.parse().unwrap()), None, prefix, SEED).hash()
}

#[test]
fn which_addresses_are_one_client() {
    let cases = [
        ("the same", "192.0.2.1", "192.0.2.1", 64, true),
        ("a neighbour", "192.0.2.1", "192.0.2.2", 64, false),
        ("mapped into IPv6", "192.0.2.1", "::ffff:192.0.2.1", 64, true),
        ("both mapped", "::ffff:192.0.2.1", "::ffff:192.0.2.2", 64, false),
        ("another host of the network", "2001:db8::1", "2001:db8::ffff:2", 64, true),
        ("the first and the last host", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", 64, true),
        ("the next network", "2001:db8::1", "2001:db8:0:1::1", 64, false),
        ("a wider network", "2001:db8::1", "2001:db8:0:ff::1", 56, true),
        ("the next wider network", "2001:db8::1", "2001:db8:0:100::1", 56, false),
        ("whole addresses", "2001:db8::1", "2001:db8::2", 128, false),
        ("no bit at all", "2001:db8::1", "fe80::1", 0, true),
        ("an odd number of bits", "2001:db8::1", "2001:db8:4000::1", 33, true),
        ("and the bit beyond", "2001:db8::1", "2001:db8:8000::1", 33, false),
        ("IPv4 beside IPv6", "0.0.0.0", "::", 64, false),
        ("one host of both", "127.0.0.1", "::1", 128, false),
    ];
    for (name, one, other, prefix, is_same) in cases {
        assert_eq!(address(one, prefix) == address(other, prefix), is_same, "{name}");
    }
}

#[test]
fn a_store_sees_the_network_that_counts() {
    let subject = Subject::new(Key::Address("2001:db8::abcd".parse().unwrap()), Some(3), 64, SEED);
    assert_eq!(subject.key(), Key::Address("2001:db8::".parse().unwrap()));
    assert_eq!(subject.route_place(), Some(3));
    let subject = Subject::new(Key::Address("::ffff:1.2.3.4".parse().unwrap()), None, 64, SEED);
    assert_eq!(subject.key(), Key::Address(Ipv4Addr::new(1, 2, 3, 4).into()));
}

#[test]
fn what_differs_has_another_hash() {
    let mut keys: vec::Vec<String> = (0..20).map(|length| "\0".repeat(length)).collect();
    keys.extend((1..20).map(|length| "a".repeat(length)));
    keys.extend(["ab", "ba", "abcdefgh", "abcdefghi", "hgfedcba", "abcdefg\0h"].map(String::from));
    keys.extend((0..1_000).map(|number| format!("user-{number}")));
    let mut seen = HashSet::new();
    for key in &keys {
        for place in [None, Some(0), Some(1), Some(usize::MAX)] {
            for seed in [0, 1, SEED] {
                let hash = Subject::new(Key::from(key.as_str()), place, 64, seed).hash();
                assert_eq!(hash, Subject::new(Key::from(key.as_bytes()), place, 64, seed).hash());
                if place != Some(usize::MAX) || usize::BITS < 64 {
                    assert!(seen.insert(hash), "{key:?} at {place:?} with {seed}");
                }
            }
        }
    }
}

#[test]
fn what_matches_no_route_has_a_place_of_its_own() {
    let hash = |place| Subject::new(Key::from("a"), place, 64, SEED).hash();
    assert_ne!(hash(None), hash(Some(usize::MAX)));
    assert_ne!(hash(Some(0)), hash(Some(usize::MAX)));
}

#[test]
fn keys_in_a_row_spread_over_sets_and_tags() {
    type Make = fn(u32) -> Key<'static>;
    let makes: [(&str, Make); 3] = [
        ("IPv4", |number| Key::Address(Ipv4Addr::from_bits(0x0a00_0000 + number).into())),
        ("IPv6", |number| {
            Key::Address(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) + (u128::from(number) << 64)).into())
        }),
        ("the other half", |number| Key::Address(Ipv6Addr::from_bits(u128::from(number)).into())),
    ];
    for (name, make) in makes {
        for seed in [0, SEED] {
            let (mut sets, mut tags) = ([0_u32; 64], [0_u32; 64]);
            for number in 0..64_000 {
                let hash = Subject::new(make(number), None, 128, seed).hash();
                sets[(hash >> 58) as usize] += 1;
                tags[(hash as u32 >> 26) as usize] += 1;
            }
            // A thousand each: seven times the deviation to be expected.
            let is_even = |counts: &[u32]| counts.iter().all(|count| count.abs_diff(1_000) < 220);
            assert!(is_even(&sets) && is_even(&tags), "{name} with {seed}: {sets:?} {tags:?}");
        }
    }
}
