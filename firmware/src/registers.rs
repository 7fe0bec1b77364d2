//! Registers of the board's devices: the one place that reads and writes fixed addresses, behind a safe face.
#![allow(unsafe_code)]

/// The registers of one device: an address of the board's memory map, and their number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    address: usize,
    words: usize,
}

impl Block {
    /// The first CMSDK timer.
    pub(crate) const TIMER0: Self = Self { address: 0x4000_0000, words: 4 };
    /// The second CMSDK timer.
    pub(crate) const TIMER1: Self = Self { address: 0x4000_1000, words: 4 };
    /// The LAN9118 Ethernet controller.
    pub(crate) const ETHERNET: Self = Self { address: 0x4020_0000, words: 46 };

    /// The register at this offset, in bytes.
    ///
    /// # Panics
    /// When the device has no word there; in a `const`, while compiling.
    #[must_use]
    pub(crate) const fn register(self, offset: usize) -> Register {
        assert!(offset.is_multiple_of(4) && offset / 4 < self.words, "no register of this device");
        Register { address: self.address.wrapping_add(offset) }
    }
}

/// A register of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Register {
    address: usize,
}

impl Register {
    /// What it holds. Of some devices reading takes something away, which their manual says.
    #[must_use]
    pub(crate) fn read(self) -> u32 {
        // SAFETY: only `Block` makes registers, from the memory map above: the address is a word of a device, aligned,
        // readable at any time, and no object of the program lies there.
        unsafe { core::ptr::with_exposed_provenance::<u32>(self.address).read_volatile() }
    }

    /// Writes all its bits.
    pub(crate) fn write(self, value: u32) {
        // SAFETY: as for `read`; the devices listed above cannot write to memory by themselves.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(self.address).write_volatile(value) }
    }
}

/// Lines of the interrupt controller, by their number on the board.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// The second timer has come to zero.
    Timer1 = 9,
    /// The Ethernet controller wants attention.
    Ethernet = 13,
}

// SAFETY: the numbers above are the board's, and distinct.
unsafe impl cortex_m::interrupt::InterruptNumber for Line {
    fn number(self) -> u16 {
        self as u16
    }
}

/// Lets the line end the processor's sleep. Its handler must never run: [`crate::sleep::Sleeper`] keeps interrupts off.
pub(crate) fn watch(line: Line) {
    // SAFETY: interrupts are off for good, so that no critical section can be broken by this line.
    unsafe { cortex_m::peripheral::NVIC::unmask(line) }
}
