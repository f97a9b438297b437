//! One fuzzer for all targets, so that the library is linked once; `HONGBAO_FUZZ` names the target.

#![no_main]

use std::sync::OnceLock;

use hongbao_fuzz::{Target, named};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    static TARGET: OnceLock<Target> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("HONGBAO_FUZZ").unwrap_or_default();
        named(&name).unwrap_or_else(|| panic!("HONGBAO_FUZZ names no target: {name:?}"))
    });
    target(data);
    Corpus::Keep
});
