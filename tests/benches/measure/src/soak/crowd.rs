//! Many clients at a time, one after the other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::seen::Seen;
use super::tally::Tally;
use crate::line::Trouble;
use crate::noise::Dice;

/// Troubles that are told one by one.
const TOLD: u64 = 100;

/// What the clients of a soak are.
pub trait Clients: Sync {
    /// Their habits by name.
    fn habits(&self) -> Vec<&'static str>;

    /// The habit of this client, by its place.
    fn habit(&self, number: u64) -> usize;

    /// Client `number` comes, does what it does, and goes. `seen` gets what was compared, whatever happens then.
    fn live(&self, number: u64, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble>;

    /// What is known of a client in trouble: lines of text, or nothing.
    fn history(&self, _number: u64) -> String {
        String::new()
    }
}

/// Clients, and how they have fared.
#[derive(Debug)]
pub struct Crowd<'a, C> {
    clients: &'a C,
    seed: u64,
    /// Longest time from client to client, in milliseconds.
    pause: u64,
    begin: Instant,
    number: AtomicU64,
    told: AtomicU64,
    is_over: AtomicBool,
    tally: Mutex<Tally>,
}

impl<'a, C: Clients> Crowd<'a, C> {
    /// Nobody yet. All dice begin at `seed`; from client to client up to `pause` milliseconds pass.
    pub fn new(clients: &'a C, seed: u64, pause: u64) -> Self {
        Self {
            clients,
            seed,
            pause,
            begin: Instant::now(),
            number: AtomicU64::new(0),
            told: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            tally: Mutex::new(Tally::new(&clients.habits())),
        }
    }

    /// How they have fared so far.
    pub fn tally(&self) -> Tally {
        self.tally.lock().expect("nobody panics with it").clone()
    }

    /// Lets `many` clients at a time come and go, and waits for the last of them. `look` is called again and again, and says
    /// how long to wait until it looks the next time, or that it is over.
    ///
    /// # Errors
    /// What `look` says.
    pub fn last(
        &self,
        many: u64,
        mut look: impl FnMut() -> Result<Option<Duration>, String>,
    ) -> Result<(), String> {
        self.is_over.store(false, Relaxed);
        thread::scope(|scope| {
            for _ in 0..many {
                scope.spawn(|| {
                    while !self.is_over.load(Relaxed) {
                        self.come_and_go();
                    }
                });
            }
            let outcome = loop {
                match look() {
                    Ok(Some(pause)) => sleep(pause),
                    Ok(None) => break Ok(()),
                    Err(reason) => break Err(reason),
                }
            };
            self.is_over.store(true, Relaxed);
            outcome
        })
    }

    fn come_and_go(&self) {
        let number = self.number.fetch_add(1, Relaxed);
        let mut dice = Dice::new(self.seed, number + 1);
        let mut seen = Seen::default();
        let outcome = self.clients.live(number, &mut dice, &mut seen);
        let habit = self.clients.habit(number);
        let mut tally = self.tally.lock().expect("nobody panics with it");
        tally.add(habit, seen, &outcome);
        if let Err(trouble) = &outcome
            && self.told.fetch_add(1, Relaxed) < TOLD
        {
            let (at, name) = (self.begin.elapsed().as_secs(), tally.name(habit));
            println!("{at:5} s: client {number}, {name}: {trouble}");
            print!("{}", self.clients.history(number));
        }
        drop(tally);
        sleep(Duration::from_millis(dice.below(self.pause)));
    }
}
