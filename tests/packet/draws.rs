//! The vectors of lucky draws (docs/packet-format.md §11): seeds, packets and what each place gets.

use std::fs;
use std::path::Path;

use hongbao::jose::Digest;
use hongbao::packet::draw::{Seed, shares};
use serde_json::json;

/// Pots and shares: single, certain, thin, usual, large, many, and the limits of the format.
const CASES: [(i64, u32); 12] = [
    (1, 1),
    (8_800, 1),
    (5, 5),
    (6, 5),
    (10, 3),
    (20_000, 8),
    (88_800, 10),
    (100, 99),
    (8_800, 100),
    (1_000_000_000_000, 2),
    (1_000_000_000_000, 1_000),
    (1_000_000, 600_000),
];

/// Up to so many shares all amounts stand in the file; of more their digest does.
const WRITTEN: usize = 100;

fn vectors() -> String {
    let cases = CASES.iter().enumerate().map(|(number, (total, places))| {
        let text = Digest::of(format!("seed {number}").as_bytes()).to_string();
        let seed: Seed = text.parse().unwrap();
        let packet = Digest::of(format!("packet {number}").as_bytes());
        let amounts = shares(&seed, &packet, *total, *places).unwrap();
        let all = amounts.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        let mut case = json!({
            "seed": text, "draw": seed.draw(), "packet": packet, "total": total, "shares": places,
            "sha256": Digest::of(all.as_bytes())
        });
        if amounts.len() <= WRITTEN {
            case["amounts"] = amounts.into();
        }
        super::maker::sorted(&case)
    });
    format!("{{\"draws\":[\n{}\n]}}\n", cases.collect::<Vec<_>>().join(",\n"))
}

#[test]
fn draws_on_disk_are_what_the_program_draws() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/draws.json");
    let text = vectors();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(fs::read_to_string(&path).is_ok_and(|there| there == text), "draws differ; BLESS=1 writes them anew");
}
