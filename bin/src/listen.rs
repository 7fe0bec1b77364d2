//! From options to sockets that listen; or one line that says why not.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddrV6};
use std::io::{self, ErrorKind};
use std::path::Path;

use bantam_transport_std::Listener;

use crate::args::{Options, Place};
use crate::run::Failure;
use crate::say::plain;

/// All that the options ask for.
pub(crate) fn listeners(options: &Options) -> Result<Vec<Listener>, Failure> {
    let addresses = &options.listening.listen;
    let mut listeners = passed(options)?;
    if addresses.is_empty() && !listeners.is_empty() {
        return Ok(listeners);
    }
    if addresses.is_empty() {
        let listener = simple(options)?.with_proxy_header(options.listening.proxy_protocol);
        return Ok(vec![listener]);
    }
    for address in addresses {
        let has_proxy_header = address.has_proxy_header || options.listening.proxy_protocol;
        listeners.push(listener(&address.place, options)?.with_proxy_header(has_proxy_header));
    }
    Ok(listeners)
}

/// Those that systemd has opened. Their connections begin with a header of the PROXY protocol where they are called so.
#[cfg(target_os = "linux")]
fn passed(options: &Options) -> Result<Vec<Listener>, Failure> {
    use bantam_transport_std::systemd;
    let passed = systemd::listeners().map_err(|error| {
        Failure::usage(format!("cannot listen on what systemd passes: {}", plain(&error)))
    })?;
    let listeners = passed.into_iter().map(|passed| {
        let has_proxy_header = options.listening.proxy_protocol || passed.name == "proxy";
        passed.listener.with_proxy_header(has_proxy_header)
    });
    Ok(listeners.collect())
}

#[cfg(not(target_os = "linux"))]
fn passed(_: &Options) -> Result<Vec<Listener>, Failure> {
    Ok(Vec::new())
}

/// By `--host` and `--port`.
fn simple(options: &Options) -> Result<Listener, Failure> {
    let Options { host, port, .. } = options;
    // An IPv6 address may come in brackets, as it does in URLs.
    let name = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Listener::bind((name, *port)).map_err(|error| tcp_failure(&error, host, *port, ["--host", "--port"]))
}

fn listener(place: &Place, options: &Options) -> Result<Listener, Failure> {
    match place {
        Place::Tcp(host, port) => {
            let every = Ipv6Addr::UNSPECIFIED;
            let has_ipv4_beside =
                || options.listening.listen.iter().any(|other| other.place == every_ipv4(*port));
            let bound = match host.parse() {
                Ok(address) if address == every && *port != 0 && has_ipv4_beside() => {
                    Listener::bind_without_ipv4(SocketAddrV6::new(address, *port, 0, 0))
                }
                _ => Listener::bind((host.as_str(), *port)),
            };
            bound.map_err(|error| tcp_failure(&error, host, *port, ["--listen", "--listen"]))
        }
        Place::Unix(path) => unix(path, options.listening.unix_mode),
    }
}

fn every_ipv4(port: u16) -> Place {
    Place::Tcp(Ipv4Addr::UNSPECIFIED.to_string(), port)
}

#[cfg(unix)]
fn unix(path: &Path, mode: u32) -> Result<Listener, Failure> {
    Listener::bind_unix(path, mode).map_err(|error| {
        let shown = path.display();
        Failure::usage(match error.kind() {
            ErrorKind::AddrInUse => {
                format!("a server answers at unix:{shown}: stop it, or choose another path with --listen")
            }
            ErrorKind::AlreadyExists => {
                format!("{shown} is there, and is no socket: choose another path with --listen")
            }
            _ => format!("cannot listen on unix:{shown}: {}", plain(&error)),
        })
    })
}

#[cfg(not(unix))]
fn unix(path: &Path, _: u32) -> Result<Listener, Failure> {
    Err(Failure::usage(format!("--listen unix:{}: there are no Unix sockets here", path.display())))
}

/// `flags` are those that choose the host and the port.
fn tcp_failure(error: &io::Error, host: &str, port: u16, [host_flag, port_flag]: [&str; 2]) -> Failure {
    Failure::usage(match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "port {port} of {host} is in use: stop what uses it, or choose another with {port_flag} (0 picks a free one)"
            )
        }
        ErrorKind::PermissionDenied => {
            format!(
                "port {port} needs rights that this user does not have: choose one above 1023 with {port_flag}"
            )
        }
        ErrorKind::AddrNotAvailable => format!("{host} is no address of this machine: see {host_flag}"),
        _ => format!("cannot listen on {host} port {port}: {}", plain(error)),
    })
}
