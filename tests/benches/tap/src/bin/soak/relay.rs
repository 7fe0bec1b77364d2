//! A cable with weather: frames of one TAP device to another, and back.

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bantam_transport_smoltcp::tap::{Tap, TapConfig};
use smoltcp::phy::{Device as _, RxToken as _, TxToken as _};

use crate::devices::{FAR, NEAR};
use crate::weather::Sky;
use bantam_bench_measure::noise::Dice;

/// Frames taken from one device before the other has its turn.
const AT_ONCE: usize = 64;
/// Frames on their way; the next one is dropped, as by a switch whose memory is full.
const ON_THEIR_WAY: usize = 4_096;

/// Both ends and what is between them.
pub(crate) struct Relay {
    /// By where frames go: to the server, to the clients.
    ends: [Tap; 2],
    /// By arrival, then by the order in which they came.
    way: BTreeMap<(Instant, u64), (usize, Vec<u8>)>,
    count: u64,
    dice: Dice,
    sky: Arc<Sky>,
}

impl Relay {
    /// Attaches to both devices.
    pub(crate) fn open(sky: Arc<Sky>, dice: Dice) -> Result<Self, String> {
        // Whole frames with whole checksums: see `devices`.
        let config = TapConfig { offload: false, ..TapConfig::default() };
        let open = |name| Tap::open_with(name, config).map_err(|error| error.to_string());
        Ok(Self { ends: [open(FAR)?, open(NEAR)?], way: BTreeMap::new(), count: 0, dice, sky })
    }

    /// Relays until the process ends.
    pub(crate) fn run(mut self) -> Result<(), String> {
        loop {
            self.take(0);
            self.take(1);
            self.deliver();
            let next = self.way.first_key_value().map(|((arrival, _), _)| *arrival);
            let pause = next.map(|next| next.saturating_duration_since(Instant::now()));
            if pause != Some(Duration::ZERO) {
                let [far, near] = &self.ends;
                far.wait(pause, Some(near.as_fd())).map_err(|error| error.to_string())?;
            }
        }
    }

    /// Takes frames that go to this end.
    fn take(&mut self, to: usize) {
        let Self { ends, way, count, dice, sky } = self;
        for _ in 0..AT_ONCE {
            let Some((frame, _)) = ends[1 - to].receive(smoltcp::time::Instant::ZERO) else { return };
            let now = Instant::now();
            frame.consume(|frame| {
                for (delay, is_damaged) in sky.fate(frame, to, dice) {
                    let mut frame = frame.to_vec();
                    if is_damaged {
                        let bit = dice.below(frame.len() as u64 * 8) as usize;
                        frame[bit / 8] ^= 1 << (bit % 8);
                    }
                    if way.len() < ON_THEIR_WAY {
                        *count += 1;
                        way.insert((now + delay, *count), (to, frame));
                    }
                }
            });
        }
    }

    fn deliver(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.way.first_entry().filter(|first| first.key().0 <= now) {
            let (to, frame) = first.remove();
            if let Some(token) = self.ends[to].transmit(smoltcp::time::Instant::ZERO) {
                token.consume(frame.len(), |space| space.copy_from_slice(&frame));
            }
        }
    }
}
