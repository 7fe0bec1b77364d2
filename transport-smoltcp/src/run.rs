//! When the loop sleeps, and how it ends. The same loop runs behind a TAP device and on bare metal; what differs is the
//! [`Host`].

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::drivers::Clock;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::phy::Device;
#[cfg(feature = "dhcp")]
use smoltcp::wire::IpCidr;

use crate::server::Server;

/// What a server runs on: a clock, and a way to sleep.
pub trait Host<D>: Clock {
    /// Sleeps until `device` has a frame, or has room again for those it could not take, or `until` has passed, a time of
    /// this clock, or the host wants something else of the server. Returns at once when a frame is there already: the
    /// server leaves some for its next turn. Waking too early does no harm.
    fn wait(&mut self, device: &mut D, until: Option<Instant>) -> Lifecycle;

    /// A DHCP server has given this address.
    #[cfg(feature = "dhcp")]
    fn leased(&mut self, _address: IpCidr) {}
}

/// What the host wants of the server, from the beginning of its life to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// To serve.
    Serving,
    /// To answer what it has accepted, and then to end: see [`Server::drain`].
    Draining,
    /// To end at once: see [`Server::cut`].
    Ending,
}

/// Serves until the host wants it to end, or, while draining, no connection is left. Returns whether every connection
/// had ended by itself.
pub fn run<A, S, D, H>(
    server: &mut Server<'_, S>,
    device: &mut D,
    service: &Service<'_, A, S>,
    host: &mut H,
) -> bool
where
    S: Source<A> + Sink<A>,
    D: Device,
    H: Host<D>,
{
    let mut stage = Lifecycle::Serving;
    loop {
        match stage {
            Lifecycle::Serving => {}
            Lifecycle::Draining => {
                service.drain();
                server.drain();
            }
            Lifecycle::Ending => {
                let is_drained = server.is_drained();
                server.drain();
                server.cut(service, host.now());
                // The peers are told.
                let _ = server.turn(device, service, host);
                return is_drained;
            }
        }
        let until = server.turn(device, service, host);
        #[cfg(feature = "dhcp")]
        if let Some(address) = server.take_lease() {
            host.leased(address);
        }
        if server.is_drained() {
            return true;
        }
        stage = host.wait(device, until);
    }
}
