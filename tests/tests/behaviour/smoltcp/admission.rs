//! Who gets a socket.

mod crowd;
mod flood;
mod gone;

use core::time::Duration;

use bantam_tests::network::{Line, Standing};
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers};

const SLOW: &str = "GET /slow/500 HTTP/1.1\r\nHost: a\r\n\r\n";

const SILENT: &str = "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n";

/// Some round trips.
const SOON: Duration = Duration::from_millis(5);

fn connect(network: &mut Net<'_>, count: usize) -> Vec<Line> {
    let lines: Vec<_> = (0..count).map(|_| network.connect()).collect();
    network.run_for(SOON);
    lines.iter().for_each(|line| assert_eq!(network.standing(*line), Standing::Open));
    lines
}

/// Connects and is answered, within this time.
fn assert_served_within(network: &mut Net<'_>, time: Duration, why: &str) -> Line {
    let line = network.connect();
    network.send(line, GET.as_bytes());
    let came = network.run_for_until(time, |network| !answers(network, line).is_empty());
    assert!(came, "{why}: not served within {time:?}: {:?}", network.server());
    assert_eq!(answers(network, line)[0].text(), HELLO, "{why}");
    line
}
