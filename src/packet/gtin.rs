//! Global Trade Item Numbers: what stands under the bar code of goods (GS1 General Specifications §7.9). Pure.

/// Whether a text is a GTIN-8, -12, -13 or -14 whose check digit fits.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let is_number = matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|byte| byte.is_ascii_digit());
    // From the right, the check digit among them: every second digit counts three times.
    let weighed = text.bytes().rev().zip([1, 3].into_iter().cycle());
    let sum: u32 = weighed.map(|(byte, weight)| u32::from(byte.wrapping_sub(b'0')) * weight).sum();
    is_number && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_told_from_mistyped_ones() {
        for good in ["96385074", "614141000036", "6901028075831", "4006381333931", "10614141000415"] {
            assert!(is_valid(good), "{good}");
            for at in 0..good.len() {
                let mut digits = good.as_bytes().to_vec();
                digits[at] = b'0' + (digits[at] - b'0' + 1) % 10;
                let other = String::from_utf8(digits).unwrap_or_default();
                assert!(!is_valid(&other), "{other} differs in one digit");
            }
        }
        for bad in ["", "0", "6901028", "690102807583", "69010280758311", "690102807583x", "６９０１０２８", "-6385074"]
        {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
