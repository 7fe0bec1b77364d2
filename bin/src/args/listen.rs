//! Where connections come in, and from whom.

use core::net::IpAddr;
use core::str::FromStr;
use core::time::Duration;
use std::path::PathBuf;

use bantam_core::gateways::{ClientField, Network, TrustedProxies};
use clap::{ArgAction, Args, ValueEnum};

use super::values::{mode, seconds_or_none};

/// Addresses beyond the simple `--host` and `--port`.
#[allow(rustdoc::broken_intra_doc_links, reason = "these texts are help, and the brackets those of IPv6")]
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Listening")]
pub(crate) struct ListenOptions {
    /// Listen on this address in place of --host and --port, such as 127.0.0.1:8080, [::]:80 or unix:/run/bantam.sock;
    /// again for others, or separated by commas. [::] takes IPv4 too, unless 0.0.0.0 is given with the same port. With
    /// proxy: in front, as in proxy:[::]:81, its connections begin as --proxy-protocol says
    #[arg(long, global = true, value_name = "ADDRESS", env = "BANTAM_LISTEN", value_delimiter = ',')]
    pub(crate) listen: Vec<Address>,

    /// Permissions of Unix sockets: who may write may connect
    #[arg(long, global = true, value_name = "MODE", default_value = "660", env = "BANTAM_UNIX_MODE",
          value_parser = mode)]
    pub(crate) unix_mode: u32,

    /// Connections begin with a header of the PROXY protocol, version 1 or 2, as gateways send it; others are closed
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_PROXY_PROTOCOL", num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) proxy_protocol: bool,

    /// Believe gateways in these networks, such as 10.0.0.0/8, in what they say of clients by --client-field, and let no
    /// others speak the PROXY protocol; separated by commas; unix stands for whoever connects to a Unix socket
    #[arg(
        long,
        global = true,
        value_name = "NETWORKS",
        env = "BANTAM_TRUSTED_PROXIES",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxies: Vec<Trusted>,

    /// The field by which they tell of clients; one that they do not set themselves comes from clients [default: either]
    #[arg(long, global = true, value_enum, env = "BANTAM_CLIENT_FIELD")]
    pub(crate) client_field: Option<Field>,

    /// How long to go on accepting connections after SIGTERM or SIGINT, in seconds, while readiness probes fail and answers
    /// say `Connection: close`
    #[arg(long, global = true, value_name = "SECONDS", default_value = "0", env = "BANTAM_SHUTDOWN_DELAY",
          value_parser = seconds_or_none)]
    pub(crate) shutdown_delay: Duration,
}

impl ListenOptions {
    /// What does not go together.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        (self.client_field.is_some() && self.trusted_proxies.is_empty()).then_some(
            "--client-field says by which field gateways are believed: --trusted-proxies says who they are",
        )
    }

    /// A flag that was given, and is only for sockets of the system.
    pub(crate) fn is_for_sockets(&self) -> Option<&'static str> {
        let given = [
            ("--listen", !self.listen.is_empty()),
            ("--proxy-protocol", self.proxy_protocol),
            ("--shutdown-delay", !self.shutdown_delay.is_zero()),
        ];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) place: Place,
    /// Whether connections begin with a header of the PROXY protocol.
    pub(crate) has_proxy_header: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A name or an address, without brackets.
    Tcp(String, u16),
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        // A host may be called proxy; then a port follows, and no address.
        let marked = text.strip_prefix("proxy:").filter(|place| place.contains(':'));
        Ok(Self { place: marked.unwrap_or(text).parse()?, has_proxy_header: marked.is_some() })
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const WANTED: &str = "ADDRESS:PORT or unix:PATH is wanted, an IPv6 address in brackets";
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(WANTED.to_owned()) } else { Ok(Self::Unix(path.into())) };
        }
        let (host, port) = text.rsplit_once(':').ok_or(WANTED)?;
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = inner.map_or_else(
            || !host.is_empty() && !host.contains(['[', ']', ':', '/']),
            |inner| inner.parse::<core::net::Ipv6Addr>().is_ok(),
        );
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| is_host && is_port).ok_or(WANTED)?;
        Ok(Self::Tcp(inner.unwrap_or(host).to_owned(), port))
    }
}

/// Who is a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trusted {
    Network(Network),
    /// Whoever comes by a Unix socket.
    Unix,
}

impl FromStr for Trusted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const WANTED: &str = "a network such as 10.0.0.0/8, an address, or unix is wanted";
        let text = text.trim();
        if text == "unix" {
            return Ok(Self::Unix);
        }
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| WANTED)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| WANTED)?
            }
            Some(_) => return Err(WANTED.to_owned()),
            None => longest,
        };
        if prefix > longest {
            return Err(format!("a prefix of {prefix} bits is longer than the address, which has {longest}"));
        }
        let network = Network::new(address, prefix).map(Self::Network);
        network.ok_or_else(|| format!("the address has bits behind the first {prefix}, which are to be 0"))
    }
}

/// By which field gateways tell of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Field {
    /// Forwarded or X-Forwarded-For; where both are there they must agree
    Either,
    /// Forwarded
    Forwarded,
    /// X-Forwarded-For and X-Forwarded-Proto
    XForwardedFor,
}

impl ListenOptions {
    /// The networks of gateways.
    pub(crate) fn networks(&self) -> Vec<Network> {
        let networks = self.trusted_proxies.iter().filter_map(|trusted| match trusted {
            Trusted::Network(network) => Some(*network),
            Trusted::Unix => None,
        });
        networks.collect()
    }

    /// Whom to believe, if anybody; `networks` are those of the gateways.
    pub(crate) fn proxies<'n>(&self, networks: &'n [Network]) -> Option<TrustedProxies<'n>> {
        let field = match self.client_field {
            Some(Field::Either) | None => ClientField::Either,
            Some(Field::Forwarded) => ClientField::Forwarded,
            Some(Field::XForwardedFor) => ClientField::XForwardedFor,
        };
        let proxies = TrustedProxies::new(networks).with_local(self.trusted_proxies.contains(&Trusted::Unix));
        (!self.trusted_proxies.is_empty()).then_some(proxies.with_field(field))
    }
}
