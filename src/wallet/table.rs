//! What happened, as a table for other programs: UTF-8 with a mark at its beginning, quoted by RFC 4180, and no cell that a
//! spreadsheet would take for a formula. Written as a whole into a new file, or not at all.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::friends::write_new;
use super::{Wallet, WalletError, parsed};
use crate::jose::Digest;
use crate::money::Amount;
use crate::packet::text::cell;
use crate::store::{Row, Tx, values};

/// A table that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The new file.
    pub path: PathBuf,
    /// How many events it holds.
    pub events: usize,
}

/// The first line.
const HEAD: [&str; 9] = ["time", "what", "serial", "issuer", "title", "amount", "currency", "state", "detail"];

/// Events with what is known of their packets. Of money only what a collection says: of a draw nobody knows more before.
const EVENTS: &str = "SELECT event.at, event.kind, event.detail, line.serial, line.issuer, line.title, packet.state AS packet_state, \
     CASE WHEN event.kind IN ('applied', 'accepted', 'released', 'paid', 'rejected', 'uncertain') THEN collection.amount END AS amount, \
     collection.currency, collection.state AS collection_state \
     FROM event LEFT JOIN packet ON packet.id = event.packet LEFT JOIN line ON line.number = packet.number \
     LEFT JOIN collection ON collection.packet = event.packet AND collection.number = \
     (SELECT MAX(number) FROM collection AS other WHERE other.packet = event.packet) \
     ORDER BY event.number";

/// A time where the person is, with its distance from UTC (ISO 8601).
fn time(at: i64, zone: &TimeZone) -> String {
    let shown = at.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let zoned = Timestamp::from_second(shown).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
    zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The number alone, with the decimals of its currency.
fn decimal(amount: Amount) -> String {
    let text = amount.to_string();
    text.strip_suffix(amount.currency.as_str()).unwrap_or(&text).to_owned()
}

fn line(row: &Row, zone: &TimeZone) -> Result<[String; 9], WalletError> {
    let text = |name: &str| Ok::<_, WalletError>(cell(row.opt_text(name)?.unwrap_or_default()));
    let currency = row.opt_text("currency")?.map(parsed).transpose()?;
    let amount = row.opt_int("amount")?.zip(currency).map(|(minor, currency)| Amount::new(minor, currency));
    let serial = row.opt_int("serial")?.map(|serial| serial.to_string()).unwrap_or_default();
    let state = match row.opt_text("collection_state")? {
        Some(state) => state,
        None => row.opt_text("packet_state")?.unwrap_or_default(),
    };
    Ok([
        time(row.int("at")?, zone),
        text("kind")?,
        serial,
        text("issuer")?,
        text("title")?,
        amount.map(decimal).unwrap_or_default(),
        amount.map(|amount| amount.currency.to_string()).unwrap_or_default(),
        cell(state),
        text("detail")?,
    ])
}

/// The whole table.
fn table(tx: &mut Tx<'_>, zone: &TimeZone) -> Result<(Vec<u8>, usize), WalletError> {
    let rows = tx.rows(EVENTS, &values![])?;
    let failed = |error: csv::Error| WalletError::Message(error.to_string());
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(HEAD).map_err(failed)?;
    for row in &rows {
        writer.write_record(line(row, zone)?).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| WalletError::Message(error.to_string()))?;
    Ok((bytes, rows.len()))
}

/// How much each packet's last collection came to, as far as it is known.
fn collected_amounts(tx: &mut Tx<'_>) -> Result<Vec<(Digest, Amount)>, WalletError> {
    let sql = "SELECT packet, amount, currency FROM collection WHERE amount IS NOT NULL ORDER BY packet, number";
    let rows = tx.rows(sql, &values![])?;
    let amount =
        |row: &Row| Ok((parsed(row.text("packet")?)?, Amount::new(row.int("amount")?, parsed(row.text("currency")?)?)));
    rows.iter().map(amount).collect()
}

impl Wallet {
    /// Writes everything that happened into a new CSV file, with times as in `zone`.
    ///
    /// # Errors
    /// [`WalletError::Exists`], [`WalletError::File`], [`WalletError::Store`].
    pub async fn export_history(&self, path: &Path, zone: TimeZone) -> Result<Exported, WalletError> {
        let (bytes, events) = self.store.read(move |tx| table(tx, &zone)).await?;
        write_new(path, &bytes).await?;
        Ok(Exported { path: path.to_owned(), events })
    }

    /// How much each packet's last collection came to, as far as it is known.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn collected_amounts(&self) -> Result<std::collections::BTreeMap<Digest, Amount>, WalletError> {
        // Later ones take the places of earlier ones.
        Ok(self.store.read(collected_amounts).await?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("福来, \"公司\""), "福来, \"公司\"");
        assert_eq!(cell(""), "");
    }

    #[test]
    fn times_carry_their_distance_from_utc() {
        let shanghai = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(time(1_771_243_200, &shanghai), "2026-02-16T20:00:00+08:00");
        assert_eq!(time(1_771_243_200, &TimeZone::UTC), "2026-02-16T12:00:00+00:00");
        assert!(!time(i64::MAX, &shanghai).is_empty(), "no number breaks it");
    }

    #[test]
    fn amounts_are_plain_decimals() {
        assert_eq!(decimal(Amount::new(123_456, "CNY".parse().unwrap())), "1234.56");
        assert_eq!(decimal(Amount::new(5, "JPY".parse().unwrap())), "5");
        assert_eq!(decimal(Amount::new(1500, "KWD".parse().unwrap())), "1.500");
    }

    #[tokio::test]
    async fn the_table_holds_what_happened_and_a_strangers_name_is_no_formula() {
        use crate::store::{Schema, Store};
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("wallet.db"), Schema::Wallet).unwrap();
        let id = Digest::of(b"packet").to_string();
        let write = move |tx: &mut Tx<'_>| {
            let packet = "INSERT INTO packet (id, number, file, state, received_at) VALUES (?1, 1, 'x', 'opened', 1)";
            tx.execute(packet, &values![&id])?;
            tx.execute(
                "INSERT INTO line (number, serial, issuer, title, greeting, kind, expires, reward, verdict) \
                 VALUES (1, 7, 'https://gift.example', '=HYPERLINK(\"x\"), \"福\"', 'x', 'bank', 9, 0, 'genuine')",
                &values![],
            )?;
            tx.execute(
                "INSERT INTO collection (id, packet, number, bank, account, salt, state, amount, currency, steps) \
                 VALUES ('c', ?1, 1, 'https://bank.example', '1', 's', 'paid', 8800, 'CNY', '[]')",
                &values![&id],
            )?;
            let event = "INSERT INTO event (number, at, kind, packet, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
            tx.execute(event, &values![1_i64, 1_771_243_200_i64, "received", &id, Some("-k3")])?;
            tx.execute(event, &values![2_i64, 1_771_243_260_i64, "paid", &id, None::<&str>])?;
            let elsewhere = Digest::of(b"gone").to_string();
            tx.execute(event, &values![3_i64, 1_771_243_261_i64, "opened", elsewhere, None::<&str>])?;
            Ok::<_, WalletError>(())
        };
        store.decide(write).await.unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let (bytes, events) = store.read(move |tx| table(tx, &zone)).await.unwrap();
        let expected = "\u{feff}time,what,serial,issuer,title,amount,currency,state,detail\r\n\
            2026-02-16T20:00:00+08:00,received,7,https://gift.example,\"'=HYPERLINK(\"\"x\"\"), \"\"福\"\"\",,,paid,'-k3\r\n\
            2026-02-16T20:01:00+08:00,paid,7,https://gift.example,\"'=HYPERLINK(\"\"x\"\"), \"\"福\"\"\",88.00,CNY,paid,\r\n\
            2026-02-16T20:01:01+08:00,opened,,,,,,,\r\n";
        assert_eq!((String::from_utf8(bytes).unwrap().as_str(), events), (expected, 3));
        store.close().await;
    }
}
