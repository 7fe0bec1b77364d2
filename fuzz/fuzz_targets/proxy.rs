#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bantam_tests::fuzzed::proxy::check(data));
