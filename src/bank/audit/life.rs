//! What became of vouchers after their issue: withdrawn, extended, and by whom; each state with the change that made it,
//! each signed outcome with the rows it speaks of.

use super::signed::{AllKeys, UNREADABLE, genuine, message};
use crate::api::instruction::{InstructionClaims, Kind, OutcomeClaims, PacketResult};
use crate::api::states::InstructionResult;
use crate::bank::error::stored;
use crate::jose::{Jws, Typ};
use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// Rules in the form of those in [`super::rules`].
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "voucher-withdrawn",
        "SELECT 'voucher ' || v.number AS subject, CASE WHEN v.state = 'withdrawn' THEN 1 ELSE 0 END AS expected, \
         (SELECT COUNT(*) FROM withdrawal w WHERE w.voucher = v.number) AS found FROM voucher v",
    ),
    (
        "withdrawal-transfer",
        "SELECT 'voucher ' || w.voucher AS subject, \
         v.escrow || ' return ' || w.amount || ' posted to ' || a.ledger || ' at ' || w.at AS expected, \
         COALESCE(e.debit || ' ' || e.kind || ' ' || e.amount || ' ' || e.state || ' to ' || e.credit || ' at ' || e.at, \
         'no transfer') AS found FROM withdrawal w JOIN voucher v ON v.number = w.voucher \
         JOIN account a ON a.number = v.account LEFT JOIN entry e ON e.id = w.transfer",
    ),
    (
        "withdrawal-told",
        "SELECT 'voucher ' || w.voucher AS subject, 1 AS expected, (SELECT COUNT(*) FROM feed f \
         WHERE f.voucher = w.voucher AND f.kind = 'withdrawn' AND f.amount = w.amount) AS found FROM withdrawal w",
    ),
    (
        "no-share-after-withdrawal",
        "SELECT 'voucher ' || w.voucher AS subject, 0 AS expected, (SELECT COUNT(*) FROM share s \
         WHERE s.voucher = w.voucher AND s.transfer > w.transfer) AS found FROM withdrawal w",
    ),
    (
        "voucher-changed",
        "SELECT 'voucher ' || v.number AS subject, COALESCE((SELECT c.after FROM change c \
         WHERE c.subject = 'voucher' AND c.id = v.number ORDER BY c.seq DESC LIMIT 1), 'issued') AS expected, \
         v.state AS found FROM voucher v",
    ),
    (
        "change-follows-change",
        "SELECT c.subject || ' ' || c.id || ' change ' || c.seq AS subject, COALESCE((SELECT p.after FROM change p \
         WHERE p.subject = c.subject AND p.id = c.id AND p.seq < c.seq ORDER BY p.seq DESC LIMIT 1), 'issued') \
         AS expected, COALESCE(c.before, 'nothing') AS found FROM change c WHERE c.subject = 'voucher'",
    ),
    (
        "voucher-since",
        "SELECT 'voucher ' || v.number AS subject, COALESCE((SELECT c.at FROM change c \
         WHERE c.subject = 'voucher' AND c.id = v.number ORDER BY c.seq DESC LIMIT 1), v.issued_at) AS expected, \
         COALESCE(v.state_at, v.issued_at) AS found FROM voucher v",
    ),
    (
        "voucher-extended",
        "SELECT 'voucher ' || v.number AS subject, COALESCE((SELECT x.until FROM extension x \
         WHERE x.voucher = v.number ORDER BY x.n DESC LIMIT 1), 0) AS expected, \
         COALESCE(v.extended_until, 0) AS found FROM voucher v",
    ),
    (
        "extension-later",
        "SELECT 'voucher ' || x.voucher || ' extension ' || x.n AS subject, 'later' AS expected, \
         CASE WHEN x.until > COALESCE((SELECT p.until FROM extension p WHERE p.voucher = x.voucher AND p.n = x.n - 1), \
         v.exp) THEN 'later' ELSE 'not later' END AS found FROM extension x JOIN voucher v ON v.number = x.voucher",
    ),
    (
        "extension-changed",
        "SELECT 'voucher ' || v.number AS subject, (SELECT COUNT(*) FROM extension x WHERE x.voucher = v.number) \
         AS expected, (SELECT COUNT(*) FROM change c WHERE c.subject = 'voucher-end' AND c.id = v.number) AS found \
         FROM voucher v",
    ),
];

/// Every instruction is its applicant's, its outcome this bank's, and the rows are what the outcome says was done.
pub(super) fn instructions(
    tx: &mut Tx<'_>,
    keys: &AllKeys,
    own: &str,
    auditor: &mut Auditor,
) -> Result<(), StoreError> {
    let sql = "SELECT * FROM instruction WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    each(tx, sql, ("seq", i64::MIN), &[], |tx, row| {
        let (applicant, id) = (row.text("applicant")?, row.text("id")?);
        let subject = format!("instruction {id}");
        let kind: Kind = stored(row, "kind")?;
        let (Some(request), Some(outcome)) =
            (message(row, "request", kind.typ())?, message(row, "outcome", Typ::Outcome)?)
        else {
            auditor.differ("instruction-signed", subject, "an instruction and its outcome", UNREADABLE);
            return Ok(());
        };
        genuine(auditor, "instruction-signed", &subject, &keys.applicants, applicant, &request);
        genuine(auditor, "outcome-genuine", &subject, &keys.banks, own, &outcome);
        auditor.equal("instruction-signed", &subject, asked(&request), format!("{applicant} {id}"));
        auditor.equal(
            "outcome-genuine",
            &subject,
            answered(&outcome),
            format!("{own} {applicant} {id} {}", row.int("at")?),
        );
        match results(&request, &outcome) {
            Some(said) => auditor.equal("outcome-as-booked", &subject, said, booked(tx, row.int("seq")?)?),
            None => auditor.differ("outcome-of-instruction", subject, "a result for each packet", "others"),
        }
        Ok(())
    })
}

fn asked(request: &Jws) -> String {
    request
        .claims::<InstructionClaims>()
        .map_or(UNREADABLE.to_owned(), |claims| format!("{} {}", claims.iss, claims.jti))
}

fn answered(outcome: &Jws) -> String {
    let said = |it: OutcomeClaims| format!("{} {} {} {}", it.iss, it.aud, it.instruction, it.iat);
    outcome.claims::<OutcomeClaims>().map_or(UNREADABLE.to_owned(), said)
}

/// What the outcome says was done, in order of packets; none when it answers other packets than were named.
fn results(request: &Jws, outcome: &Jws) -> Option<String> {
    let request = request.claims::<InstructionClaims>().ok()?;
    let outcome = outcome.claims::<OutcomeClaims>().ok()?;
    if !outcome.results.iter().map(|result| result.packet).eq(request.packets.iter().copied()) {
        return None;
    }
    let mut done: Vec<String> = outcome.results.iter().filter_map(done).collect();
    done.sort_unstable();
    Some(done.join(", "))
}

fn done(result: &PacketResult) -> Option<String> {
    match result.result {
        InstructionResult::Withdrawn => {
            Some(format!("{} withdrawn {}", result.packet, result.amount.map_or(0, |amount| amount.minor)))
        }
        InstructionResult::Extended => Some(format!("{} extended {}", result.packet, result.until.unwrap_or_default())),
        _ => None,
    }
}

/// What the rows say that an instruction did.
fn booked(tx: &mut Tx<'_>, seq: i64) -> Result<String, StoreError> {
    let sql = "SELECT v.packet || ' withdrawn ' || w.amount AS done FROM withdrawal w \
               JOIN voucher v ON v.number = w.voucher WHERE w.instruction = ?1 \
               UNION ALL SELECT v.packet || ' extended ' || x.until AS done FROM extension x \
               JOIN voucher v ON v.number = x.voucher WHERE x.instruction = ?1";
    let rows = tx.rows(sql, &values![seq])?;
    let mut done =
        rows.iter().map(|row: &Row| Ok(row.text("done")?.to_owned())).collect::<Result<Vec<_>, StoreError>>()?;
    done.sort_unstable();
    Ok(done.join(", "))
}
