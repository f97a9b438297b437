//! What banks were instructed: each outcome is the bank's own signed word, the rows say what it says, and nothing was
//! withdrawn that nobody asked for.

use super::Keys;
use crate::api::instruction::{self, Kind, PacketResult};
use crate::enterprise::stored;
use crate::jose::Digest;
use crate::packet::{Origin, Packet};
use crate::party::audit::Auditor;
use crate::store::{Row, StoreError, Tx, values};

pub(super) fn check(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    // Whose outcomes they are is only in what we signed.
    let packet = tx.first("SELECT jws FROM packet ORDER BY serial LIMIT 1", &[])?;
    let packet = packet.map(|row| row.text("jws").map(Packet::read)).transpose()?;
    let own = packet.and_then(Result::ok).map(|packet| packet.claims.iss);
    for row in &tx.rows("SELECT id FROM instruction ORDER BY id", &[])? {
        // An outcome tells of many packets: one at a time.
        let row = tx.one("SELECT * FROM instruction WHERE id = ?1", &values![row.text("id")?])?;
        message(tx, &row, own.as_ref(), keys, auditor)?;
    }
    // A register that was put back from a copy may have lost who asked.
    let unasked = "SELECT feed.packet FROM feed WHERE feed.kind = 'withdrawn' AND NOT EXISTS (SELECT 1 FROM instructed \
                   JOIN instruction ON instruction.id = instructed.instruction AND instruction.kind = 'withdraw' \
                   AND instruction.bank = feed.bank WHERE instructed.packet = feed.packet \
                   AND instruction.state <> 'refused') \
                   AND NOT EXISTS (SELECT 1 FROM packet JOIN campaign ON campaign.id = packet.campaign \
                   WHERE packet.id = feed.packet AND campaign.restored = 1) ORDER BY feed.packet";
    for row in &tx.rows(unasked, &[])? {
        auditor.differ("withdrawn-as-asked", row.text("packet")?, "an instruction to withdraw it", "none");
    }
    let told = "SELECT instructed.packet, instructed.amount, feed.amount AS told FROM instructed \
                JOIN feed ON feed.packet = instructed.packet AND feed.kind = 'withdrawn' \
                WHERE instructed.result = 'withdrawn' ORDER BY instructed.packet";
    for row in &tx.rows(told, &[])? {
        auditor.equal("withdrawn-as-told", row.text("packet")?, row.int("amount")?, row.int("told")?);
    }
    let changes = "SELECT instructed.packet, COUNT(*) AS done, (SELECT COUNT(*) FROM change \
                   WHERE change.subject = 'packet' AND change.id = instructed.packet AND change.after = 'withdrawn') \
                   AS changed FROM instructed WHERE instructed.result = 'withdrawn' GROUP BY instructed.packet";
    for row in &tx.rows(changes, &[])? {
        auditor.equal("withdrawal-changed", row.text("packet")?, row.int("done")?, row.int("changed")?);
    }
    Ok(())
}

fn message(
    tx: &mut Tx<'_>,
    row: &Row,
    own: Option<&Origin>,
    keys: &Keys,
    auditor: &mut Auditor,
) -> Result<(), StoreError> {
    let subject = format!("instruction {}", row.text("id")?);
    let sql = "SELECT packet, result, amount, until FROM instructed WHERE instruction = ?1 ORDER BY place";
    let rows = tx.rows(sql, &values![row.text("id")?])?;
    let booked = rows.iter().map(booked).collect::<Result<Vec<_>, StoreError>>()?;
    let said = match row.opt_text("outcome")? {
        None => rows.iter().map(|row| row.text("packet").map(str::to_owned)).collect::<Result<Vec<_>, _>>()?,
        Some(outcome) => {
            let Some(said) = said(row, outcome, &rows, own, keys)? else {
                auditor.differ("outcome-genuine", subject, "the bank's outcome of this instruction", "something else");
                return Ok(());
            };
            said
        }
    };
    auditor.equal(
        "instruction-answered",
        &subject,
        row.text("state")? == "answered",
        row.opt_text("outcome")?.is_some(),
    );
    auditor.equal("outcome-as-kept", &subject, said.join(", "), booked.join(", "));
    Ok(())
}

/// What the bank signed of each packet; none when that is not its outcome of this instruction.
fn said(
    row: &Row,
    outcome: &str,
    packets: &[Row],
    own: Option<&Origin>,
    keys: &Keys,
) -> Result<Option<Vec<String>>, StoreError> {
    let bank = stored::origin(row, "bank")?;
    let Some((_, bank_keys)) = keys.banks.iter().find(|(origin, _)| *origin == bank) else { return Ok(None) };
    let (Some(own), kind) = (own, stored::parsed::<Kind>(row, "kind")?) else { return Ok(None) };
    let packets: Vec<Digest> = packets.iter().map(|row| stored::parsed(row, "packet")).collect::<Result<_, _>>()?;
    let asked = (stored::parsed(row, "id")?, kind, packets.as_slice());
    let claims = instruction::read_outcome(outcome, (&bank, &bank_keys.keys), own, asked);
    let said = |it: &PacketResult| {
        line(&it.packet.to_string(), Some(it.result.as_str()), it.amount.map(|amount| amount.minor), it.until)
    };
    Ok(claims.ok().map(|claims| claims.results.iter().map(said).collect()))
}

fn booked(row: &Row) -> Result<String, StoreError> {
    Ok(line(row.text("packet")?, row.opt_text("result")?, row.opt_int("amount")?, row.opt_int("until")?))
}

fn line(packet: &str, result: Option<&str>, amount: Option<i64>, until: Option<i64>) -> String {
    let numbers = [amount, until].into_iter().flatten().map(|number| format!(" {number}"));
    format!("{packet}{}{}", result.map(|result| format!(" {result}")).unwrap_or_default(), numbers.collect::<String>())
}
