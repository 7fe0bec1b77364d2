use super::*;

#[test]
fn an_address_is_kept_as_it_came() {
    for text in ["10.0.2.15:8080", "255.255.255.255:65535", "0.0.0.0:0"] {
        let address: SocketAddr = text.parse().unwrap();
        assert_eq!(Peer::new(Some(address)).address(), Some(address));
    }
    let six: SocketAddr = "[fe80::1%3]:80".parse().unwrap();
    let kept = if cfg!(feature = "ipv6") { Some(six) } else { None };
    assert_eq!(Peer::new(Some(six)).address(), kept);
    assert_eq!(Peer::new(None).address(), None);
}
