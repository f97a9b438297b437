//! What functions leave behind of secrets on the stack. Types that wipe themselves wipe the place where they are dropped; a value that was
//! moved, and what a library computed with, lies where it was until something else is written there.

use zeroize::Zeroizing;

/// Deeper than anything that works on a secret here reaches, in bytes.
const DEPTH: usize = 128 * 1024;

/// Overwrites the stack below its caller, where functions worked that have returned. What shall be kept must be on the heap by then.
#[inline(never)]
pub fn wipe() {
    let mut below = Zeroizing::new([0_u8; DEPTH]);
    // It is looked at, so it cannot be left out.
    std::hint::black_box(&mut *below);
}
