use super::*;

fn network(text: &str) -> Option<Network> {
    let (address, prefix) = text.split_once('/').unwrap();
    Network::new(address.parse().unwrap(), prefix.parse().unwrap())
}

#[test]
fn a_network_has_the_addresses_that_share_its_prefix() {
    for (name, inside, outside) in [
        (
            "10.0.0.0/8",
            &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"][..],
            &["11.0.0.0", "9.255.255.255", "::a00:1"][..],
        ),
        ("192.0.2.7/32", &["192.0.2.7"], &["192.0.2.6", "192.0.2.8"]),
        ("192.0.2.128/25", &["192.0.2.128", "192.0.2.255"], &["192.0.2.127"]),
        ("0.0.0.0/0", &["0.0.0.0", "255.255.255.255"], &["::", "::1"]),
        ("2001:db8::/32", &["2001:db8::", "2001:db8:ffff::1"], &["2001:db9::", "10.0.0.1"]),
        ("::1/128", &["::1"], &["::", "::2", "127.0.0.1"]),
        ("::/0", &["::", "ffff::"], &["1.2.3.4", "::ffff:1.2.3.4"]),
        ("::ffff:10.0.0.0/104", &["10.1.2.3", "::ffff:10.1.2.3"], &["11.0.0.0"]),
    ] {
        let network = network(name).unwrap();
        inside
            .iter()
            .for_each(|address| assert!(network.has(address.parse().unwrap()), "{address} in {name}"));
        outside
            .iter()
            .for_each(|address| assert!(!network.has(address.parse().unwrap()), "{address} in {name}"));
    }
    for text in ["10.0.0.1/8", "10.0.0.0/33", "::/129", "::1/127", "192.0.2.1/0", "::ffff:10.0.0.0/95"] {
        assert_eq!(network(text), None, "{text}");
    }
}

#[test]
fn who_has_no_address_is_trusted_only_where_that_is_said() {
    let networks = [network("0.0.0.0/0").unwrap(), network("::/0").unwrap()];
    let proxies = TrustedProxies::new(&networks);
    assert!(proxies.trusts(Some("192.0.2.1".parse().unwrap())) && !proxies.trusts(None));
    assert!(TrustedProxies::new(&[]).with_local(true).trusts(None));
    assert!(!TrustedProxies::new(&[]).with_local(true).trusts(Some("::1".parse().unwrap())));
}
