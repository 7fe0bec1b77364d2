//! The LAN9118 Ethernet controller, polled: a [`Device`] for smoltcp. Names of registers and bits are those of the data
//! sheet (SMSC, now Microchip, revision 1.5), whose sections 3.12 and 3.13 tell how frames are sent and received, and
//! section 5 what the registers mean. Frames for groups of stations do not pass its filter: IPv4 needs none.
//!
//! ```text
//! receive    RX_STATUS_FIFO ─► length, errors     RX_DATA_FIFO ─► words of the frame, then four bytes of CRC
//! transmit   TX_DATA_FIFO ◄─ two command words, words of the frame     TX_STATUS_FIFO ─► errors
//! ```
//! Nothing waits for the controller without a bound: what does not answer in time is reported while starting, and tried
//! again afterwards.

use core::fmt;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

use crate::registers::{Block, Register};

const RX_DATA_FIFO: Register = Block::ETHERNET.register(0x00);
const TX_DATA_FIFO: Register = Block::ETHERNET.register(0x20);
const RX_STATUS_FIFO: Register = Block::ETHERNET.register(0x40);
const TX_STATUS_FIFO: Register = Block::ETHERNET.register(0x48);
const ID_REV: Register = Block::ETHERNET.register(0x50);
const IRQ_CFG: Register = Block::ETHERNET.register(0x54);
const INT_STS: Register = Block::ETHERNET.register(0x58);
const INT_EN: Register = Block::ETHERNET.register(0x5c);
const BYTE_TEST: Register = Block::ETHERNET.register(0x64);
const FIFO_INT: Register = Block::ETHERNET.register(0x68);
const RX_CFG: Register = Block::ETHERNET.register(0x6c);
const TX_CFG: Register = Block::ETHERNET.register(0x70);
const HW_CFG: Register = Block::ETHERNET.register(0x74);
const RX_FIFO_INF: Register = Block::ETHERNET.register(0x7c);
const TX_FIFO_INF: Register = Block::ETHERNET.register(0x80);
const RX_DROP: Register = Block::ETHERNET.register(0xa0);
const MAC_CSR_CMD: Register = Block::ETHERNET.register(0xa4);
const MAC_CSR_DATA: Register = Block::ETHERNET.register(0xa8);
const AFC_CFG: Register = Block::ETHERNET.register(0xac);

/// IRQ_CFG: lets interrupts out, active high, push-pull, as the board's interrupt controller expects.
const IRQ_EN: u32 = 1 << 8;
const IRQ_POL: u32 = 1 << 4;
const IRQ_TYPE: u32 = 1 << 0;

/// INT_STS and INT_EN: the receiver has stopped; it erred, an overrun among others; its status FIFO is full, or holds
/// more than the level in FIFO_INT.
const RXSTOP_INT: u32 = 1 << 24;
const RXE_INT: u32 = 1 << 14;
const RSFF_INT: u32 = 1 << 4;
const RSFL_INT: u32 = 1 << 3;

/// RX_CFG: throws both receive FIFOs away; clears itself.
const RX_DUMP: u32 = 1 << 15;

/// TX_CFG: goes on when nobody reads the status FIFO; transmits.
const TXSAO: u32 = 1 << 2;
const TX_ON: u32 = 1 << 1;

/// HW_CFG: a bit that must be one, five kilobytes of FIFO for transmission, and the software reset.
const MBO: u32 = 1 << 20;
const TX_FIF_SZ: u32 = 5 << 16;
const SRST: u32 = 1 << 0;

/// AFC_CFG, automatic flow control: how full the receive FIFO is when it begins and ends, and how long it lasts.
const FLOW_CONTROL: u32 = 0x006e_3740;

/// MAC_CSR_CMD: a transfer runs; it reads.
const CSR_BUSY: u32 = 1 << 31;
const CSR_READ: u32 = 1 << 30;

/// MAC registers, by their index.
const MAC_CR: u32 = 1;
const MAC_ADDRH: u32 = 2;
const MAC_ADDRL: u32 = 3;
const MII_ACC: u32 = 6;
const MII_DATA: u32 = 7;

/// MAC_CR: full duplex, transmitter and receiver on. Frames pass the filter when they are for our address, or for all.
const FDPX: u32 = 1 << 20;
const TXEN: u32 = 1 << 3;
const RXEN: u32 = 1 << 2;

/// MII_ACC: the address of the PHY inside the controller, writing, and the bit that stands while it works.
const PHY_ADDRESS: u32 = 1 << 11;
const MIIWNR: u32 = 1 << 1;
const MIIBZY: u32 = 1 << 0;

/// The PHY's basic control register (IEEE 802.3, 22.2.4.1), and in it: what is sent comes back; 100 Mbit/s, both ways at
/// once; negotiate, and do so anew.
const BASIC_CONTROL: u32 = 0;
const LOOPBACK: u32 = 1 << 14;
const FAST_AND_DUPLEX: u32 = 1 << 13 | 1 << 8;
const AUTO_NEGOTIATION: u32 = 1 << 12;
const RESTART_NEGOTIATION: u32 = 1 << 9;

/// Receive status: the frame is damaged, or not for us.
const RX_ERROR: u32 = 1 << 15;
const RX_FILTERED: u32 = 1 << 30;

/// Transmit command A: this is a frame's first buffer, and its last.
const FIRST_SEGMENT: u32 = 1 << 13;
const LAST_SEGMENT: u32 = 1 << 12;

/// Transmit status: the frame was not sent.
const TX_ERROR: u32 = 1 << 15;

/// Most reads of a register that is to change. The slowest change, the reset, takes some microseconds.
const PATIENCE: u32 = 100_000;

/// More words than both receive FIFOs hold.
const FIFO_WORDS: usize = 4_096;

/// Largest frame: addresses and type, and 1500 bytes of a packet.
const FRAME: usize = 14 + 1_500;

/// The same in words.
const FRAME_WORDS: usize = FRAME.div_ceil(4);

/// Bytes of CRC behind each received frame.
const CRC: usize = 4;

/// Room that a frame needs in the transmit FIFO, with its commands.
const TX_ROOM: u32 = 4 * FRAME_WORDS as u32 + 8;

/// Why the controller cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The device there is no LAN9118 or relative of it; this is what its identification says.
    Unknown(u32),
    /// It does not come to an end in this step.
    Hangs(&'static str),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(identification) => {
                write!(f, "no LAN9118 where the board has its Ethernet controller: {identification:#010x}")
            }
            Self::Hangs(step) => write!(f, "the Ethernet controller does not finish its {step}"),
        }
    }
}

impl core::error::Error for StartError {}

/// What went wrong on the wire since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Frames that came damaged, too long or too short.
    pub damaged: u32,
    /// Frames for which there was no room.
    pub dropped: u32,
    /// Times the receiver was stopped, emptied and started again after an overrun.
    pub recoveries: u32,
    /// Frames that could not be sent.
    pub unsent: u32,
}

/// The controller, with room for one frame in each direction.
pub struct Lan9118 {
    received: [u8; 4 * FRAME_WORDS],
    sent: [u8; 4 * FRAME_WORDS],
    losses: Losses,
}

impl Lan9118 {
    /// A controller that has not been started.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            received: [0; 4 * FRAME_WORDS],
            sent: [0; 4 * FRAME_WORDS],
            losses: Losses { damaged: 0, dropped: 0, recoveries: 0, unsent: 0 },
        }
    }

    /// Resets the controller, and starts to receive and transmit under this address.
    ///
    /// # Errors
    /// When it is not there or does not answer.
    pub fn start(&mut self, address: [u8; 6]) -> Result<(), StartError> {
        let identification = ID_REV.read();
        if BYTE_TEST.read() != 0x8765_4321 || !matches!(identification >> 16, 0x0115..=0x0118) {
            return Err(StartError::Unknown(identification));
        }
        HW_CFG.write(MBO | SRST);
        wait(|| HW_CFG.read() & SRST == 0, "reset")?;
        HW_CFG.write(MBO | TX_FIF_SZ);
        AFC_CFG.write(FLOW_CONTROL);
        self.set_address(address)?;
        write_phy(BASIC_CONTROL, AUTO_NEGOTIATION | RESTART_NEGOTIATION)?; // the link comes up by itself

        // An interrupt as soon as there is a frame, and when the receiver needs help.
        FIFO_INT.write(0);
        INT_STS.write(u32::MAX);
        INT_EN.write(RSFL_INT | RXE_INT | RSFF_INT);
        IRQ_CFG.write(IRQ_EN | IRQ_POL | IRQ_TYPE);

        RX_CFG.write(0);
        TX_CFG.write(TXSAO | TX_ON);
        write_mac(MAC_CR, FDPX | TXEN | RXEN)
    }

    /// From now on what is sent comes back, and nothing else does, until the next start: with it a board can be tested
    /// without a network.
    ///
    /// # Errors
    /// When the controller does not answer.
    pub fn loop_back(&mut self) -> Result<(), StartError> {
        write_phy(BASIC_CONTROL, LOOPBACK | FAST_AND_DUPLEX)
    }

    /// Reads more than has been received. That leaves the FIFOs out of step with each other and raises the interrupt of an
    /// overrun, which an emulator does not raise by itself: with it recovery can be tested.
    pub fn overrun(&mut self) {
        skip(FIFO_WORDS);
    }

    /// Whether a frame waits, or the receiver needs help. Interrupts that told of it are taken back, so that the next frame
    /// raises another one: who then sleeps sleeps until there is something to do.
    #[must_use]
    pub fn has_frame(&mut self) -> bool {
        self.tend_receiver();
        received_frames() > 0
    }

    /// What went wrong on the wire since the start.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.losses
    }

    fn set_address(&self, address: [u8; 6]) -> Result<(), StartError> {
        let [a, b, c, d, e, f] = address;
        write_mac(MAC_ADDRL, u32::from_le_bytes([a, b, c, d]))?;
        write_mac(MAC_ADDRH, u32::from_le_bytes([e, f, 0, 0]))
    }

    /// Reads the next good frame into `received`; its length. Bounded by what the FIFOs hold when it begins.
    fn take_frame(&mut self) -> Option<usize> {
        self.tend_receiver();
        for _ in 0..received_frames() {
            let status = RX_STATUS_FIFO.read();
            let with_crc = (status >> 16 & 0x3fff) as usize;
            let length = with_crc.saturating_sub(CRC);
            let is_good = status & (RX_ERROR | RX_FILTERED) == 0 && (14..=FRAME).contains(&length);
            let words = with_crc.div_ceil(4);
            if !is_good {
                // Reading it is slower than RX_FFWD, but works for frames of any length.
                skip(words);
                self.losses.damaged = self.losses.damaged.saturating_add(1);
                log_debug!("a damaged frame of {=usize} bytes", length);
                continue;
            }
            let in_frame = length.div_ceil(4);
            for word in self.received.as_chunks_mut::<4>().0.iter_mut().take(in_frame) {
                *word = RX_DATA_FIFO.read().to_le_bytes();
            }
            skip(words.saturating_sub(in_frame));
            log_trace!("received {=usize} bytes", length);
            return Some(length);
        }
        None
    }

    /// Acknowledges interrupts, before the FIFOs are looked at: a frame that comes in between raises the next one. After
    /// an overrun the FIFOs are no longer in step, so that they are emptied.
    fn tend_receiver(&mut self) {
        let events = INT_STS.read();
        if events != 0 {
            INT_STS.write(events);
        }
        if events & (RXE_INT | RSFF_INT) != 0 {
            self.losses.dropped = self.losses.dropped.saturating_add(RX_DROP.read());
            self.losses.recoveries = self.losses.recoveries.saturating_add(1);
            log_warn!(
                "overrun {=u32}: frames were lost, {=u32} of them counted",
                self.losses.recoveries,
                self.losses.dropped
            );
            if restart_receiver().is_err() {
                // The next overrun tries again.
                log_error!("the receiver does not start again");
            }
        }
    }

    /// Room for a frame, and what became of earlier ones.
    fn has_room(&mut self) -> bool {
        let inventory = TX_FIFO_INF.read();
        for _ in 0..inventory >> 16 & 0xff {
            if TX_STATUS_FIFO.read() & TX_ERROR != 0 {
                self.losses.unsent = self.losses.unsent.saturating_add(1);
                log_debug!("a frame could not be sent");
            }
        }
        inventory & 0xffff >= TX_ROOM
    }

    fn tokens(&mut self, length: usize) -> (Received<'_>, Sending<'_>) {
        (
            Received { frame: self.received.get(..length).unwrap_or_default() },
            Sending { room: &mut self.sent },
        )
    }
}

impl Default for Lan9118 {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Lan9118 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lan9118").field("losses", &self.losses).finish_non_exhaustive()
    }
}

impl Device for Lan9118 {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Sending<'_>)> {
        if !self.has_room() {
            return None;
        }
        let length = self.take_frame()?;
        Some(self.tokens(length))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        self.has_room().then(|| self.tokens(0).1)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        // The receive FIFO holds some ten kilobytes.
        capabilities.max_burst_size = Some(6);
        capabilities
    }
}

/// A frame that has been received.
#[derive(Debug)]
pub struct Received<'d> {
    frame: &'d [u8],
}

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.frame)
    }
}

/// Room for a frame to transmit.
#[derive(Debug)]
pub struct Sending<'d> {
    room: &'d mut [u8; 4 * FRAME_WORDS],
}

impl TxToken for Sending<'_> {
    /// # Panics
    /// When `length` is more than the capabilities say.
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        #[allow(clippy::indexing_slicing)] // smoltcp keeps to the capabilities
        let result = write(&mut self.room[..length]);
        transmit(self.room, length);
        log_trace!("sent {=usize} bytes", length);
        result
    }
}

/// Hands the frame at the front of `room` over: two commands, then its words.
fn transmit(room: &[u8], length: usize) {
    let length_bits = length as u32 & 0x7ff;
    TX_DATA_FIFO.write(FIRST_SEGMENT | LAST_SEGMENT | length_bits);
    TX_DATA_FIFO.write(length_bits);
    for word in room.as_chunks::<4>().0.iter().take(length.div_ceil(4)) {
        TX_DATA_FIFO.write(u32::from_le_bytes(*word));
    }
}

/// Reads words of a frame that nobody wants.
fn skip(words: usize) {
    for _ in 0..words {
        let _ = RX_DATA_FIFO.read();
    }
}

/// Frames of which the status FIFO knows.
fn received_frames() -> u32 {
    RX_FIFO_INF.read() >> 16 & 0xff
}

/// Stops the receiver, empties its FIFOs and starts it again (data sheet, section 3.13).
fn restart_receiver() -> Result<(), StartError> {
    write_mac(MAC_CR, FDPX | TXEN)?;
    let stopped = wait(|| INT_STS.read() & RXSTOP_INT != 0, "stop");
    INT_STS.write(RXSTOP_INT);
    RX_CFG.write(RX_DUMP);
    let dumped = wait(|| RX_CFG.read() & RX_DUMP == 0, "dump");
    write_mac(MAC_CR, FDPX | TXEN | RXEN)?;
    stopped.and(dumped)
}

/// Writes a register of the PHY.
fn write_phy(index: u32, value: u32) -> Result<(), StartError> {
    wait(|| read_mac(MII_ACC).is_ok_and(|access| access & MIIBZY == 0), "PHY access")?;
    write_mac(MII_DATA, value)?;
    write_mac(MII_ACC, PHY_ADDRESS | index << 6 | MIIWNR | MIIBZY)
}

fn write_mac(index: u32, value: u32) -> Result<(), StartError> {
    wait_for_mac()?;
    MAC_CSR_DATA.write(value);
    MAC_CSR_CMD.write(CSR_BUSY | index);
    wait_for_mac()
}

fn read_mac(index: u32) -> Result<u32, StartError> {
    wait_for_mac()?;
    MAC_CSR_CMD.write(CSR_BUSY | CSR_READ | index);
    wait_for_mac()?;
    Ok(MAC_CSR_DATA.read())
}

fn wait_for_mac() -> Result<(), StartError> {
    wait(|| MAC_CSR_CMD.read() & CSR_BUSY == 0, "access to the MAC")
}

fn wait(mut is_done: impl FnMut() -> bool, step: &'static str) -> Result<(), StartError> {
    if (0..PATIENCE).any(|_| is_done()) { Ok(()) } else { Err(StartError::Hangs(step)) }
}
