//! Where connections come in, and from whom.

use core::str::FromStr;
use core::time::Duration;
use std::path::PathBuf;

use clap::Args;

use super::values::{mode, pause};

/// Addresses beyond the simple `--host` and `--port`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Listening")]
pub(crate) struct ListenOptions {
    /// Listen on this address in place of --host and --port, such as 127.0.0.1:8080, [::]:80 or unix:/run/bantam.sock;
    /// again for others, or separated by commas. [::] takes IPv4 too, unless 0.0.0.0 is given with the same port
    #[arg(long, global = true, value_name = "ADDRESS", env = "BANTAM_LISTEN", value_delimiter = ',')]
    pub(crate) listen: Vec<Address>,

    /// Permissions of Unix sockets: who may write may connect
    #[arg(long, global = true, value_name = "MODE", default_value = "660", env = "BANTAM_UNIX_MODE",
          value_parser = mode)]
    pub(crate) unix_mode: u32,

    /// How long to go on accepting connections after SIGTERM or SIGINT, in seconds, while readiness probes fail and answers
    /// say `Connection: close`
    #[arg(long, global = true, value_name = "SECONDS", default_value = "0", env = "BANTAM_SHUTDOWN_DELAY",
          value_parser = pause)]
    pub(crate) shutdown_delay: Duration,
}

impl ListenOptions {
    /// A flag that was given, and is only for sockets of the system.
    pub(crate) fn is_for_sockets(&self) -> Option<&'static str> {
        let given =
            [("--listen", !self.listen.is_empty()), ("--shutdown-delay", !self.shutdown_delay.is_zero())];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) place: Place,
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
        Ok(Self { place: text.parse()? })
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
