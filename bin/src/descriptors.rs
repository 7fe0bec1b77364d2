//! How many connections and open files the system has descriptors for.

use crate::args::FileOptions;

/// Descriptors that are no connection's: standard streams, the poller, the listener, the served folder.
const OWN: u64 = 16;

/// Most files that are kept open between requests.
const KEPT: u64 = 128;

/// Raises this process's limit of open files as far as it may, and says how many connections fit beneath it beside so many
/// files that are kept open. An eighth is left for the files that are being sent, so that idle connections alone cannot
/// keep a folder from being served.
pub(crate) fn connections(wanted: u32, kept: usize) -> u32 {
    raised().map_or(wanted, |limit| beneath(limit, kept as u64, wanted))
}

/// How many files may be kept open between requests.
pub(crate) fn kept(options: &FileOptions) -> usize {
    match options.file_cache.is_zero() {
        true => 0,
        false => kept_beneath(raised().unwrap_or(u64::MAX)),
    }
}

/// This process's limit of open files, raised as far as it may be; `None` without one.
#[cfg(unix)]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
fn raised() -> Option<u64> {
    None
}

fn beneath(descriptors: u64, kept: u64, wanted: u32) -> u32 {
    let files = (descriptors / 8).clamp(16, 1_024);
    let fit = descriptors.saturating_sub(OWN + files + kept);
    u32::try_from(fit).unwrap_or(u32::MAX).clamp(1, wanted)
}

fn kept_beneath(descriptors: u64) -> usize {
    usize::try_from((descriptors / 8).min(KEPT)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_left_for_files() {
        assert_eq!(beneath(1_048_576, 0, 16_384), 16_384);
        assert_eq!(beneath(20_000, 0, 16_384), 16_384);
        assert_eq!(beneath(1_024, 0, 16_384), 880);
        assert_eq!(beneath(64, 0, 16_384), 32);
        assert_eq!(beneath(8, 0, 16_384), 1);
    }

    #[test]
    fn files_that_are_kept_open_take_theirs() {
        for (descriptors, kept, connections) in
            [(20_000, 128, 16_384), (1_024, 128, 752), (64, 8, 24), (8, 1, 1)]
        {
            assert_eq!(kept_beneath(descriptors), kept);
            assert_eq!(beneath(descriptors, kept as u64, 16_384), connections);
        }
    }
}
