//! A list of recipients as CSV, judged whole and strictly before anything is issued: every mistake is told with its line.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::{Failure, read_file};
use crate::enterprise::admin::batch::{MAX_ROWS, Recipient};
use crate::identity::card::{Card, MAX_CARD_BYTES};
use crate::jose::{self, Digest};
use crate::packet::text;

/// Largest list, in bytes: contact cards may stand in it.
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// How many mistakes are told at once.
const TOLD: usize = 5;

/// What a batch is made of.
pub(super) struct Input {
    /// How many packets.
    pub(super) size: u32,
    /// The list; none when packets are only counted.
    pub(super) listed: Option<Rows>,
    /// By which the same input is known again.
    pub(super) digest: Digest,
}

/// A list that was judged.
pub(super) type Rows = Vec<Listed>;

/// One recipient.
pub(super) struct Listed {
    name: String,
    note: Option<String>,
    card: Option<String>,
    /// How large it is on its way.
    pub(super) bytes: usize,
}

impl Listed {
    /// As the server takes it.
    pub(super) fn recipient(self) -> Result<Recipient, Failure> {
        let card = self.card.map(|card| jose::json::value(card.as_bytes())).transpose();
        let card: Option<Value> = card.map_err(|error| bad(&[format!("A contact card: {error}")]))?;
        Ok(Recipient { name: self.name, note: self.note, card })
    }
}

/// Reads the list, or counts.
pub(super) fn read(csv: Option<&Path>, count: Option<u32>, addressed: bool) -> Result<Input, Failure> {
    let Some(path) = csv else {
        let size = count.unwrap_or_default();
        if !(1..=MAX_ROWS).contains(&size) {
            return Err(Failure::new("bad-request", "So many cannot be issued", format!("Ask for 1 to {MAX_ROWS}.")));
        }
        return Ok(Input { size, listed: None, digest: Digest::of(format!("count {size} {addressed}").as_bytes()) });
    };
    let bytes = read_file(path, MAX_BYTES)?;
    let rows = judge(&bytes, path.parent().unwrap_or_else(|| Path::new("")), addressed)?;
    let size = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    // Cards in files of their own count as they were read.
    let mut all = format!("list {addressed}\n").into_bytes();
    for row in &rows {
        for part in [Some(&row.name), row.note.as_ref(), row.card.as_ref()] {
            all.extend_from_slice(Digest::of(part.map_or("", String::as_str).as_bytes()).as_bytes());
        }
    }
    Ok(Input { size, listed: Some(rows), digest: Digest::of(&all) })
}

/// Where each column stands.
struct Columns {
    name: usize,
    note: Option<usize>,
    card: Option<usize>,
}

fn judge(bytes: &[u8], folder: &Path, addressed: bool) -> Result<Rows, Failure> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| bad(&["It is not UTF-8.".to_owned()]))?;
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|error| bad(&[format!("{error}.")]))?)?;
    let (mut rows, mut wrong) = (Rows::new(), Vec::new());
    for record in reader.records() {
        let judged = match &record {
            // The reader says the line itself.
            Err(error) => Err(format!("{error}.")),
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                row(record, &columns, folder, addressed).map_err(|why| format!("Line {line}: {why}."))
            }
        };
        match judged {
            Ok(row) => rows.push(row),
            Err(why) => wrong.push(why),
        }
        if rows.len() > MAX_ROWS as usize {
            wrong.push(format!("It has more than {MAX_ROWS} recipients."));
        }
        if wrong.len() >= TOLD || record.is_err() {
            break;
        }
    }
    if wrong.is_empty() && rows.is_empty() {
        wrong.push("It names nobody.".to_owned());
    }
    if wrong.is_empty() { Ok(rows) } else { Err(bad(&wrong)) }
}

fn columns(head: &csv::StringRecord) -> Result<Columns, Failure> {
    let at = |wanted: &str| head.iter().position(|name| name == wanted);
    let known = ["name", "note", "card"];
    if let Some(other) = head.iter().find(|name| !known.contains(name)) {
        let shown: String = other.chars().filter(|c| !text::is_forbidden(*c)).take(40).collect();
        return Err(bad(&[format!("Line 1: there is no column `{shown}`; the columns are name, note and card.")]));
    }
    if known.iter().any(|wanted| head.iter().filter(|name| name == wanted).count() > 1) {
        return Err(bad(&["Line 1: a column stands there twice.".to_owned()]));
    }
    let name = at("name").ok_or_else(|| bad(&["Line 1: the column `name` is missing.".to_owned()]))?;
    Ok(Columns { name, note: at("note"), card: at("card") })
}

fn row(record: &csv::StringRecord, columns: &Columns, folder: &Path, addressed: bool) -> Result<Listed, String> {
    let of = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|text| !text.is_empty());
    let name = of(Some(columns.name)).ok_or("the name is missing")?;
    text::NAME.check(name).map_err(|error| format!("the name: {error}"))?;
    let note = of(columns.note);
    note.map_or(Ok(()), |note| text::NOTE.check(note)).map_err(|error| format!("the note: {error}"))?;
    let card = of(columns.card).map(|card| whole_card(card, folder)).transpose()?;
    if addressed && card.is_none() {
        return Err("the contact card is missing".to_owned());
    }
    let bytes = name.len() + note.map_or(0, str::len) + card.as_ref().map_or(0, String::len) + 64;
    Ok(Listed { name: name.to_owned(), note: note.map(str::to_owned), card, bytes })
}

/// A contact card that stands in the list, or in a file named there.
fn whole_card(cell: &str, folder: &Path) -> Result<String, String> {
    let text = if cell.trim_start().starts_with('{') {
        cell.to_owned()
    } else {
        let path = inside(cell).ok_or("the card's path must lead down from the list's own folder")?;
        let bytes = read_file(&folder.join(path), MAX_CARD_BYTES).map_err(|failure| failure.detail)?;
        String::from_utf8(bytes).map_err(|_| "the card's file is not a contact card".to_owned())?
    };
    Card::read(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(text)
}

/// A list that came from elsewhere must not make this machine read just any file.
fn inside(cell: &str) -> Option<PathBuf> {
    let path = PathBuf::from(cell);
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)).then_some(path)
}

fn bad(wrong: &[String]) -> Failure {
    Failure::new("bad-list", wrong.join(" "), "Nothing was issued. Put the list right and repeat the command.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::identity::card::CardClaims;
    use crate::identity::{Identity, Seed};

    fn card() -> String {
        let identity = Identity::from_seed(&Seed::from_bytes(zeroize::Zeroizing::new([7; 32])));
        let card = Card::sign(&identity, CardClaims { name: None, iat: 1, inbox: Vec::new(), age: None }).unwrap();
        String::from_utf8(card.to_bytes()).unwrap()
    }

    fn wrong(text: &str, addressed: bool) -> String {
        judge(text.as_bytes(), Path::new("nowhere"), addressed).map(|rows| rows.len()).unwrap_err().detail
    }

    #[test]
    fn columns_stand_in_any_order_and_a_mark_at_the_beginning_is_no_name() {
        let list =
            format!("\u{feff}card,name,note\r\n\"{}\",张三,\"贵宾, 二楼\"\r\n,李四,\r\n", card().replace('"', "\"\""));
        let rows = judge(list.as_bytes(), Path::new(""), false).unwrap();
        let told: Vec<_> =
            rows.iter().map(|row| (row.name.as_str(), row.note.as_deref(), row.card.is_some())).collect();
        assert_eq!(told, [("张三", Some("贵宾, 二楼"), true), ("李四", None, false)]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        for (list, what) in [
            ("", "name"),
            ("name\n", "nobody"),
            ("name,sum\na,1\n", "`sum`"),
            ("note\na\n", "`name` is missing"),
            ("name,name\na,b\n", "twice"),
            ("name,note\na\n", "line: 2"),
            ("name\na\n\"\"\n", "Line 3: the name is missing"),
            ("name\na\nb\u{202e}\n", "Line 3: the name:"),
            ("name,card\na,../b.card\n", "Line 2: the card's path"),
            ("name,card\na,/etc/passwd\n", "Line 2: the card's path"),
            ("name,card\na,there-is-none.card\n", "Line 2: "),
            ("name,card\na,{}\n", "Line 2: "),
        ] {
            assert!(wrong(list, false).contains(what), "{list:?}: {}", wrong(list, false));
        }
        assert!(wrong("name,card\na,\n", true).contains("Line 2: the contact card is missing"));
        let long = format!("name\n{}\n", "福".repeat(65));
        assert!(wrong(&long, false).contains("Line 2: the name: the text is too long"));
        let many = "name\n".to_owned() + &"a\n".repeat(MAX_ROWS as usize + 1);
        assert!(wrong(&many, false).contains("more than 100000"));
    }

    #[test]
    fn the_same_list_is_known_again_and_another_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.csv");
        let mut digests = Vec::new();
        for list in ["name\na\nb\n", "name\r\na\r\nb\r\n", "name\nb\na\n", "name,note\na,b\n"] {
            std::fs::write(&path, list).unwrap();
            digests.push(read(Some(&path), None, false).unwrap().digest);
        }
        assert_eq!(digests[0], digests[1], "line ends say nothing");
        assert!(digests[1..].windows(2).all(|pair| pair[0] != pair[1]));
        assert!(read(None, Some(0), false).is_err() && read(None, Some(MAX_ROWS + 1), false).is_err());
    }
}
