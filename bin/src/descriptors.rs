//! How many connections the system has descriptors for.

/// Descriptors that are no connection's: standard streams, the poller, the listener, the served folder.
const OWN: u64 = 16;

/// Raises this process's limit of open files as far as it may, and says how many connections fit beneath it. An eighth
/// is left for the files that are being sent, so that idle connections alone cannot keep a folder from being served.
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
    let files = (descriptors / 8).clamp(16, 1_024);
    let fit = descriptors.saturating_sub(OWN + files);
    u32::try_from(fit).unwrap_or(u32::MAX).clamp(1, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_left_for_files() {
        assert_eq!(beneath(1_048_576, 16_384), 16_384);
        assert_eq!(beneath(20_000, 16_384), 16_384);
        assert_eq!(beneath(1_024, 16_384), 880);
        assert_eq!(beneath(64, 16_384), 32);
        assert_eq!(beneath(8, 16_384), 1);
    }
}
