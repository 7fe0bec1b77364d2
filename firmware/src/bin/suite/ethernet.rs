//! The driver, with what it sends coming back to it: frames of every length, more of them than there is room for, and a
//! receiver that has lost its step.

use bantam_firmware::board::HARDWARE;
use bantam_firmware::lan9118::{Lan9118, Losses};
use semihosting::eprintln;
use smoltcp::phy::{Device as _, RxToken as _, TxToken as _};
use smoltcp::time::Instant;

/// Lengths of frames: longer ones are none.
const LENGTHS: core::ops::RangeInclusive<usize> = 60..=1_514;

/// What has a header and is too short for a wire: the controller fills it up, an emulated one may not. Whoever sends an
/// acknowledgement sends 54 bytes.
const SHORT: core::ops::Range<usize> = 14..60;

/// More frames of a kilobyte than fit into the controller, which holds some ten.
const FLOOD: u8 = 40;

/// Whether the driver does what it should.
type Check = fn(&mut Lan9118) -> bool;

/// Checks it; how often it is wrong.
pub(crate) fn check() -> u32 {
    let mut ethernet = Lan9118::new();
    if let Err(error) = ethernet.start(HARDWARE).and_then(|()| ethernet.loop_back()) {
        eprintln!("Ethernet: {error}");
        return 1;
    }
    let checks: [(&str, Check); 5] = [
        ("frames that are too short for a wire come back, as they were or filled up", short),
        ("frames of every length come back", every_length),
        ("what there is no room for is lost, and nothing else", flood),
        ("a receiver that has lost its step is started again", recovery),
        ("and frames of every length come back afterwards", every_length),
    ];
    let mut failures = 0;
    for (name, is_so) in checks {
        if !is_so(&mut ethernet) {
            eprintln!("Ethernet: it is not so that {name}: {:?}", ethernet.losses());
            failures += 1;
        }
    }
    failures
}

fn every_length(ethernet: &mut Lan9118) -> bool {
    LENGTHS.zip((0..=u8::MAX).cycle()).all(|(length, mark)| {
        send(ethernet, length, mark) && receive(ethernet) == Some((length, mark)) && !ethernet.has_frame()
    })
}

fn short(ethernet: &mut Lan9118) -> bool {
    SHORT.zip((0..=u8::MAX).cycle()).all(|(length, mark)| {
        send(ethernet, length, mark) && receive_short(ethernet, length, mark) && !ethernet.has_frame()
    })
}

/// Whether the next frame begins with those bytes that were sent, and has nothing but a filling behind them.
fn receive_short(ethernet: &mut Lan9118, length: usize, mark: u8) -> bool {
    let Some((frame, _)) = ethernet.receive(Instant::ZERO) else { return false };
    frame.consume(|frame| {
        let Some((sent, filling)) = frame.split_at_checked(length) else { return false };
        let (address, rest) = sent.split_at(6);
        let is_filled =
            filling.is_empty() || (frame.len() == *LENGTHS.start() && filling.iter().all(|byte| *byte == 0));
        is_filled && address == [0xff; 6] && rest.iter().copied().eq(count(mark).take(rest.len()))
    })
}

fn flood(ethernet: &mut Lan9118) -> bool {
    let all_sent = (0..FLOOD).all(|mark| send(ethernet, 1_000, mark));
    let mut arrived = 0;
    while let Some(frame) = receive(ethernet) {
        if frame != (1_000, arrived) {
            return false;
        }
        arrived += 1;
    }
    all_sent && (5..FLOOD).contains(&arrived)
}

fn recovery(ethernet: &mut Lan9118) -> bool {
    let before = ethernet.losses();
    let all_sent = (0..FLOOD).all(|mark| send(ethernet, 1_000, mark));
    ethernet.overrun();
    // The status FIFO tells of frames that are gone: none of them may be handed out.
    let is_empty = receive(ethernet).is_none() && !ethernet.has_frame();
    let Losses { recoveries, damaged, .. } = ethernet.losses();
    all_sent && is_empty && recoveries == before.recoveries + 1 && damaged == before.damaged
}

/// Sends a frame to everybody whose bytes begin with `mark` and count up; whether there was room for it.
fn send(ethernet: &mut Lan9118, length: usize, mark: u8) -> bool {
    let Some(room) = ethernet.transmit(Instant::ZERO) else { return false };
    room.consume(length, |frame| {
        let (address, rest) = frame.split_at_mut(6);
        address.fill(0xff);
        rest.iter_mut().zip(count(mark)).for_each(|(byte, value)| *byte = value);
    });
    true
}

/// The length and the mark of the next frame, when it is one that was sent.
fn receive(ethernet: &mut Lan9118) -> Option<(usize, u8)> {
    let (frame, _) = ethernet.receive(Instant::ZERO)?;
    frame.consume(|frame| {
        let (address, rest) = frame.split_at_checked(6)?;
        let mark = *rest.first()?;
        let is_whole = address == [0xff; 6] && rest.iter().copied().eq(count(mark).take(rest.len()));
        is_whole.then_some((frame.len(), mark))
    })
}

/// Bytes that count up from this one.
fn count(from: u8) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).cycle().map(move |offset| from.wrapping_add(offset))
}
