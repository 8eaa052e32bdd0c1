//! See `src/cron.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tradewind_fuzz::cron::check(data));
