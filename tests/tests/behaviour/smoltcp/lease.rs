//! An address from a DHCP server.

use core::net::Ipv4Addr;
use core::time::Duration;

use bantam_tests::app::Streams;
use bantam_tests::network::{self, Lease, Origin, Standing, Weather};
use bantam_tests::serves::HELLO;
use bantam_transport_smoltcp::smoltcp::wire::{IpAddress, IpCidr};
use bantam_transport_smoltcp::{ConfigError, HeapMemory, Server};

use super::{GET, Mine, Net, answers, ask, memory, service};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 77);
const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 3);
const LEASE: Lease = Lease { address: ADDRESS, router: Some(ROUTER), time: Duration::from_secs(600) };

/// A server without an address, which asks for one.
fn asking<'s>(service: &'s Mine, memory: &'s mut HeapMemory<Streams>) -> Net<'s> {
    Net::with_config(service, memory.parts(), Weather::FAIR, &network::config().with_dhcp(true))
}

fn has(network: &mut Net<'_>, address: Ipv4Addr) -> bool {
    network.server().interface().has_ip_addr(address)
}

fn gateway(network: &mut Net<'_>) -> Option<IpAddress> {
    let mut routes = None;
    network
        .server()
        .interface()
        .routes_mut()
        .update(|table| routes = table.iter().map(|route| route.via_router).next());
    routes
}

#[test]
fn the_server_is_found_at_the_address_that_it_was_lent() {
    let service = service();
    let mut memory = memory(4, 1, 4_096, 4);
    let mut network = asking(&service, &mut memory);
    network.run_for(Duration::from_secs(5));
    assert!(!has(&mut network, ADDRESS), "nobody lends");
    network.lend(Some(LEASE));
    network.run_for_until(Duration::from_secs(60), |network| has(network, ADDRESS));
    assert_eq!(gateway(&mut network), Some(ROUTER.into()));
    let line = network.connect_with(ADDRESS, 65_535);
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);

    // It is asked for again in time, and a connection goes on meanwhile.
    network.send(line, b"GET /slow/10 HTTP/1.1\r\nHost: a\r\n\r\n");
    network.run_for(Duration::from_secs(1_500));
    assert!(has(&mut network, ADDRESS));
    assert_eq!(answers(&network, line).len(), 2);
}

#[test]
fn an_address_that_is_not_lent_any_more_is_gone() {
    let service = service();
    let mut memory = memory(4, 1, 4_096, 4);
    let mut network = asking(&service, &mut memory);
    let given = gateway(&mut network);
    network.lend(Some(LEASE));
    network.run_until(|network| has(network, ADDRESS));
    let line = network.connect_with(ADDRESS, 65_535);
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    network.send(line, b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    network.run_for(Duration::from_secs(1));
    network.lend(None);
    network.run_until(|network| !has(network, ADDRESS));
    assert_eq!(gateway(&mut network), given, "the way out that was given holds again");
    network.run_for(Duration::from_secs(10));
    assert_eq!(network.server().connections(), 0, "nothing can be said from an address that is gone");

    // Another one comes, and the sockets are as good as new.
    let other = Ipv4Addr::new(10, 0, 0, 78);
    network.lend(Some(Lease { address: other, router: None, ..LEASE }));
    network.run_until(|network| has(network, other));
    assert_eq!(gateway(&mut network), given);
    let line = network.connect_with(other, 65_535);
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    assert_eq!(network.standing(line), Standing::Open);
}

#[test]
fn there_is_room_for_the_address() {
    // As many as there is room for without DHCP: two, or four with the TAP device.
    let mut places = 0;
    for dhcp in [false, true] {
        let fits = |count: u8| {
            let mut memory = memory(1, 1, 1_024, 1);
            let own = (1..=count)
                .fold(network::config(), |config, number| config.with_address([10, 0, 0, number], 24));
            let mut device = bantam_transport_smoltcp::smoltcp::phy::Loopback::new(
                bantam_transport_smoltcp::smoltcp::phy::Medium::Ethernet,
            );
            let now = bantam_core::time::Instant::ZERO;
            match Server::new(memory.parts(), &own.with_dhcp(dhcp), &mut device, now) {
                Ok(_) => true,
                Err(error) => {
                    assert_eq!(error, ConfigError::TooManyAddresses);
                    false
                }
            }
        };
        let most = (0..=4).filter(|count| fits(*count)).count();
        if dhcp {
            assert_eq!(most, places - 1, "one place is kept");
        }
        places = most;
    }
}

/// A router that no frame can be sent to is none: smoltcp panics over it when an answer is to leave the network.
#[test]
fn a_router_that_is_no_single_host_is_none() {
    for router in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, Ipv4Addr::new(224, 0, 0, 1)] {
        let service = service();
        let mut memory = memory(4, 1, 4_096, 4);
        let mut network = asking(&service, &mut memory);
        let given = gateway(&mut network);
        network.lend(Some(Lease { router: Some(router), ..LEASE }));
        network.run_until(|network| has(network, ADDRESS));
        // Somebody beyond it asks, and is answered.
        network.send_lone_syns_to(ADDRESS, 1, Origin::Silent);
        network.run_for(Duration::from_secs(2));
        let line = network.connect_with(ADDRESS, 65_535);
        assert_eq!(ask(&mut network, line, GET).text(), HELLO, "{router}");
        assert_eq!(gateway(&mut network), given, "{router}");
    }
}

/// What was given stays when the same address was also lent.
#[test]
fn an_address_that_was_given_outlives_a_lease_of_it() {
    let service = service();
    let mut memory = memory(4, 1, 4_096, 4);
    let config = network::config().with_address(ADDRESS, 24).with_dhcp(true);
    let mut network = Net::with_config(&service, memory.parts(), Weather::FAIR, &config);
    network.lend(Some(LEASE));
    network.run_until(|network| gateway(network) == Some(ROUTER.into()));
    network.lend(None);
    network.run_for(Duration::from_secs(60));
    network.run_until(|network| gateway(network) != Some(ROUTER.into()));
    assert!(has(&mut network, ADDRESS));
    let line = network.connect_with(ADDRESS, 65_535);
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
}

/// Who is served from an address that is gone is told of at once, not when his time to be silent is over.
#[test]
fn connections_go_with_their_address() {
    let service = service();
    let mut memory = memory(4, 1, 4_096, 4);
    let mut network = asking(&service, &mut memory);
    network.lend(Some(LEASE));
    network.run_until(|network| has(network, ADDRESS));
    // The lease is about to end.
    network.lend(None);
    network.run_for(Duration::from_secs(599));
    let line = network.connect_with(ADDRESS, 65_535);
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    network.run_until(|network| !has(network, ADDRESS));
    network.run_for(Duration::from_millis(1));
    assert_eq!(network.server().connections(), 0, "{:?}", network.server());
}

/// Whoever fills the places of the interface himself leaves none for what is lent, and is not told that it was placed.
#[test]
fn an_address_that_finds_no_place_is_no_lease() {
    let service = service();
    let mut memory = memory(4, 1, 4_096, 4);
    let mut network = asking(&service, &mut memory);
    let given = gateway(&mut network);
    network.server().interface().update_ip_addrs(|places| {
        let mut others = (1..).map(|host| IpCidr::new(IpAddress::v4(10, 9, 0, host), 24));
        while others.next().is_some_and(|other| places.push(other).is_ok()) {}
    });
    network.lend(Some(LEASE));
    network.run_for(Duration::from_secs(60));
    assert!(!has(&mut network, ADDRESS));
    assert_eq!(network.server().take_lease(), None);
    assert_eq!(gateway(&mut network), given, "nor is its way out taken");
}
