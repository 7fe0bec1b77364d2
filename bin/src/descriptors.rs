//! How many connections the system has descriptors for.

/// Descriptors that are no connection's: standard streams, the poller, the listener, the served folder.
const OWN: u64 = 16;

/// Raises this process's limit of open files as far as it may, and says how many connections fit beneath it. A
/// connection may have a file open, and a folder while its index is looked for, so there are two descriptors for each.
#[cfg(unix)]
pub(crate) fn connections(wanted: u32) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    current.map_or(wanted, |current| beneath(current, wanted))
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub(crate) fn connections(wanted: u32) -> u32 {
    wanted
}

#[cfg_attr(not(unix), allow(dead_code))]
fn beneath(descriptors: u64, wanted: u32) -> u32 {
    let fit = descriptors.saturating_sub(OWN) / 2;
    u32::try_from(fit).unwrap_or(u32::MAX).clamp(1, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_has_a_descriptor_for_a_file() {
        assert_eq!(beneath(1_048_576, 16_384), 16_384);
        assert_eq!(beneath(1_024, 16_384), 504);
        assert_eq!(beneath(64, 16_384), 24);
        assert_eq!(beneath(8, 16_384), 1);
    }
}
