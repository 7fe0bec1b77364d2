//! What happens to frames on their way, and how often it has.

use std::collections::HashSet;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::history::{History, Segment};
use bantam_bench_measure::noise::Dice;

/// Chances, in per cent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// That a frame is lost.
    pub(crate) loss: u64,
    /// That it comes twice.
    pub(crate) duplication: u64,
    /// That it takes up to twenty times as long, so that others overtake it.
    pub(crate) reordering: u64,
    /// That one of its bits is flipped.
    pub(crate) corruption: u64,
}

/// How long a frame takes.
pub(crate) const LATENCY: Duration = Duration::from_millis(1);

/// What a frame becomes: a delay for each copy that arrives, and whether it was damaged.
pub(crate) type Fate = Vec<(Duration, bool)>;

/// The weather over the relay, which others may end, and what it has done.
#[derive(Debug)]
pub(crate) struct Sky {
    weather: Weather,
    is_fair: AtomicBool,
    /// Ports of clients that are gone without a word. They stay so, or a reset would tell the server.
    silent: Mutex<HashSet<u16>>,
    history: Mutex<History>,
    frames: [AtomicU64; 2],
    lost: [AtomicU64; 2],
    doubled: AtomicU64,
    late: AtomicU64,
    damaged: AtomicU64,
    silenced: AtomicU64,
}

impl Sky {
    /// A fair sky, under which nothing is lost yet.
    pub(crate) fn new(weather: Weather) -> Self {
        Self {
            weather,
            is_fair: AtomicBool::new(true),
            silent: Mutex::default(),
            history: Mutex::new(History::new()),
            frames: Default::default(),
            lost: Default::default(),
            doubled: AtomicU64::new(0),
            late: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            silenced: AtomicU64::new(0),
        }
    }

    pub(crate) fn set_fair(&self, is_fair: bool) {
        self.is_fair.store(is_fair, Relaxed);
    }

    /// From now on nothing comes from this port of a client, and nothing gets there.
    pub(crate) fn silence(&self, port: u16) {
        self.silent.lock().expect("nobody panics with it").insert(port);
    }

    /// A new client has this port.
    pub(crate) fn hear(&self, port: u16) {
        self.silent.lock().expect("nobody panics with it").remove(&port);
        self.history.lock().expect("nobody panics with it").forget(port);
    }

    /// The last segments from and to this port of a client, a line for each.
    pub(crate) fn history(&self, port: u16) -> String {
        self.history.lock().expect("nobody panics with it").of(port)
    }

    /// Whether the server has reset a connection whose client still waits.
    pub(crate) fn has_lost_reset(&self, port: u16) -> bool {
        self.history.lock().expect("nobody panics with it").has_lost_reset(port)
    }

    /// Throws the dice for a frame to the server (0) or to the clients (1).
    pub(crate) fn fate(&self, frame: &[u8], to: usize, dice: &mut Dice) -> Fate {
        let segment = Segment::read(frame, to);
        let fate = self.throw(segment.as_ref().map(|segment| segment.port), to, dice);
        if let Some(segment) = segment {
            self.history.lock().expect("nobody panics with it").add(segment, &fate);
        }
        fate
    }

    fn throw(&self, port: Option<u16>, to: usize, dice: &mut Dice) -> Fate {
        if port.is_some_and(|port| self.silent.lock().expect("nobody panics with it").contains(&port)) {
            self.silenced.fetch_add(1, Relaxed);
            return Fate::new();
        }
        if self.is_fair.load(Relaxed) {
            return vec![(LATENCY, false)];
        }
        self.frames[to].fetch_add(1, Relaxed);
        let weather = self.weather;
        if dice.happens(weather.loss) {
            self.lost[to].fetch_add(1, Relaxed);
            return Fate::new();
        }
        let is_double = dice.happens(weather.duplication);
        self.doubled.fetch_add(u64::from(is_double), Relaxed);
        let copy = |dice: &mut Dice| {
            let mut factor = 1;
            if dice.happens(weather.reordering) {
                factor += 1 + dice.below(19) as u32;
                self.late.fetch_add(1, Relaxed);
            }
            // What carries no checksum is spared: on a real cable Ethernet's own would catch it.
            let is_damaged = port.is_some() && dice.happens(weather.corruption);
            self.damaged.fetch_add(u64::from(is_damaged), Relaxed);
            (LATENCY * factor, is_damaged)
        };
        (0..=usize::from(is_double)).map(|_| copy(dice)).collect()
    }
}

impl fmt::Display for Sky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (to, name) in ["to the server", "to the clients"].into_iter().enumerate() {
            let (frames, lost) = (self.frames[to].load(Relaxed), self.lost[to].load(Relaxed));
            let share = lost as f64 * 100.0 / frames.max(1) as f64;
            write!(f, "{frames} frames {name}, {lost} lost ({share:.2} %); ")?;
        }
        let [doubled, late, damaged, silenced] =
            [&self.doubled, &self.late, &self.damaged, &self.silenced].map(|count| count.load(Relaxed));
        write!(f, "{doubled} doubled, {late} late, {damaged} damaged, {silenced} of vanished clients")
    }
}

#[cfg(test)]
mod tests {
    use super::{LATENCY, Sky, Weather};
    use bantam_bench_measure::noise::Dice;

    const FOUL: Weather = Weather { loss: 5, duplication: 2, reordering: 3, corruption: 4 };

    #[test]
    fn a_fair_sky_loses_nothing_and_a_foul_one_its_share_in_each_direction() {
        let sky = Sky::new(FOUL);
        let mut dice = Dice::new(1, 0);
        for to in [0, 1].repeat(500) {
            assert_eq!(sky.throw(Some(80), to, &mut dice), [(LATENCY, false)]);
        }
        sky.set_fair(false);
        for to in [0, 1] {
            let fates: Vec<_> = (0..100_000).map(|_| sky.throw(Some(80), to, &mut dice)).collect();
            let share = |count: usize| count as f64 / 1_000.0;
            let copies = || fates.iter().flatten();
            let shares = [
                (share(fates.iter().filter(|fate| fate.is_empty()).count()), 5.0),
                (share(fates.iter().filter(|fate| fate.len() == 2).count()), 2.0),
                (share(copies().filter(|(delay, _)| *delay > LATENCY).count()), 3.0),
                (share(copies().filter(|(_, is_damaged)| *is_damaged).count()), 4.0),
            ];
            assert!(shares.iter().all(|(found, wanted)| (found - wanted).abs() < 0.3), "{shares:?}");
        }
    }

    #[test]
    fn nothing_comes_from_a_vanished_client_and_nothing_gets_there() {
        let sky = Sky::new(FOUL);
        let mut dice = Dice::new(1, 0);
        sky.silence(4_711);
        for to in [0, 1] {
            assert!(sky.throw(Some(4_711), to, &mut dice).is_empty());
            assert_eq!(sky.throw(Some(4_712), to, &mut dice).len(), 1);
        }
        sky.hear(4_711);
        assert_eq!(sky.throw(Some(4_711), 0, &mut dice).len(), 1);
    }
}
