//! How an application is served behind a TAP device.

use core::net::SocketAddr;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::service::Service;
use bantam_transport_smoltcp::Config;
use bantam_transport_smoltcp::smoltcp::wire::IpCidr;
use bantam_transport_smoltcp::tap::{Tap, TapError, TapServer, TapServerError, TapSizes};
use bantam_transport_std::Endpoint;

use crate::args::{Network, Options};
use crate::banner;
use crate::run::{Failure, seed};
use crate::say::say;

/// The port that is taken where any will do: nobody else is behind the device.
const PORT: u16 = 8_080;

/// A device with a server behind it, and where that will be found.
pub(crate) struct Behind {
    server: TapServer,
    addresses: Vec<SocketAddr>,
    port: u16,
}

impl Behind {
    /// Opens the device `name`.
    pub(crate) fn open(name: &str, options: &Options) -> Result<Self, Failure> {
        let networks = &options.tap.ip;
        if networks.is_empty() && !options.tap.dhcp {
            return Err(Failure::usage(
                "--tap needs an address: give one with --ip 10.0.0.2/24, or ask for one with --dhcp".into(),
            ));
        }
        let port = if options.port == 0 { PORT } else { options.port };
        let tap = Tap::open(name).map_err(|error| match error {
            TapError::System { .. } => Failure::system(error.to_string()),
            _ => Failure::usage(error.to_string()),
        })?;
        let is_up = tap.up().map_err(|error| Failure::system(error.to_string()))?;
        if !is_up {
            say(format_args!(
                "bantam: {name} is down, and may not be set up by this user: `ip link set {name} up` does it\n"
            ));
        }
        let mut config =
            Config::new(tap.hardware_address()).with_port(port).with_seed(seed()).with_dhcp(options.tap.dhcp);
        for Network { address, prefix } in networks {
            config = config.with_address(*address, *prefix);
        }
        for gateway in &options.tap.gateway {
            if !options.tap.dhcp && !networks.iter().any(|network| network.contains(*gateway)) {
                return Err(Failure::usage(format!(
                    "--gateway {gateway} is in no network of --ip: it must be reached without a gateway"
                )));
            }
            config = config.with_gateway(*gateway);
        }
        let default = TapSizes::default();
        let slots = default.slots.min(options.max_connections.try_into().unwrap_or(usize::MAX));
        let sizes = TapSizes { slots, drain: options.drain_timeout, ..default };
        let server = TapServer::new(tap, config, sizes).map_err(|error| match error {
            TapServerError::Config(error) => Failure::usage(format!("--ip, --gateway: {error}")),
            error => Failure::system(error.to_string()),
        })?;
        server
            .shutdown()
            .on_signals()
            .map_err(|error| Failure::system(format!("cannot watch signals: {error}")))?;
        let addresses = networks.iter().map(|network| SocketAddr::new(network.address, port)).collect();
        Ok(Self { server, addresses, port })
    }

    /// Serves, and says where.
    pub(crate) fn run<A, S: Source<A> + Sink<A>>(self, service: &Service<'_, A, S>) -> Result<(), Failure> {
        if self.addresses.is_empty() {
            say(format_args!("bantam: waits for an address from a DHCP server\n"));
        }
        for address in &self.addresses {
            say(format_args!("{}\n", banner::listening(&Endpoint::Tcp(*address))));
        }
        let leased = |address: IpCidr| {
            say(format_args!(
                "{}\n",
                banner::listening(&Endpoint::Tcp(SocketAddr::new(address.address().into(), self.port)))
            ));
        };
        self.server
            .run(service, leased)
            .map_err(|error| Failure::system(format!("the server failed: {error}")))
    }
}
