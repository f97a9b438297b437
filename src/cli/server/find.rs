//! `packet find`, `packet reissue`, `packet test`: one packet's life, sending it again, and one that is only for looking.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use super::enterprise::{card, read_id, repeatable, save, segment};
use super::{Data, Failure, admin, read_file, request_id, unexpected};
use crate::enterprise::admin as shapes;
use crate::identity::card::{Card, MAX_CARD_BYTES};
use crate::jose::Digest;
use crate::packet::PacketFile;

#[derive(Debug, Args)]
#[group(id = "wanted", required = true, multiple = false)]
struct Wanted {
    /// By its serial number.
    #[arg(long, value_name = "N")]
    serial: Option<i64>,
    /// By its id.
    #[arg(long, value_name = "ID", value_parser = read_id)]
    packet: Option<Digest>,
    /// By its download address.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// By whom it is for: a name on a batch's list, or a contact card's file.
    #[arg(long, value_name = "NAME|CARD")]
    recipient: Option<String>,
    /// By a client: whom it is for, who opened it, or who earned by forwarding it.
    #[arg(long, value_name = "CLIENT", value_parser = read_id)]
    client: Option<Digest>,
}

#[derive(Debug, Args)]
pub(super) struct Find {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    data: Data,
}

impl Find {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        admin::get(&self.data.data, &format!("{}?{}", shapes::life::FIND, self.wanted.query()?)).await
    }
}

impl Wanted {
    fn query(self) -> Result<String, Failure> {
        let Self { serial, packet, link, recipient, client } = self;
        if let Some(link) = link {
            let token = link.rsplit('/').next().unwrap_or_default();
            return Ok(format!("link={}", segment(token)?));
        }
        if let Some(recipient) = recipient {
            let path = Path::new(&recipient);
            if !path.is_file() {
                let name = url::form_urlencoded::byte_serialize(recipient.as_bytes()).collect::<String>();
                return Ok(format!("name={name}"));
            }
            let card = Card::read(&read_file(path, MAX_CARD_BYTES)?).map_err(|e| unexpected(&e))?;
            return Ok(format!("to={}", card.client));
        }
        let serial = serial.map(|serial| format!("serial={serial}"));
        let packet = packet.map(|packet| format!("packet={packet}"));
        let client = client.map(|client| format!("client={client}"));
        Ok(serial.or(packet).or(client).unwrap_or_default())
    }
}

#[derive(Debug, Args)]
pub(super) struct Reissue {
    /// The packet's serial number.
    #[arg(long, value_name = "N")]
    serial: u64,
    /// Issue another packet in its place, after the bank withdrew all of it.
    #[arg(long)]
    replace: bool,
    /// With --replace, for whom the other one is: a contact card.
    #[arg(long, value_name = "CARD", requires = "replace")]
    to: Option<PathBuf>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who decided.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The id of an earlier request whose answer was lost: asking again with it sends nothing twice.
    #[arg(long, value_name = "UUID")]
    request: Option<Uuid>,
    #[command(flatten)]
    data: Data,
}

impl Reissue {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let data = &self.data.data;
        let found = admin::get(data, &format!("{}?serial={}", shapes::life::FIND, self.serial)).await?;
        let Some(id) = found["packets"][0]["id"].as_str() else {
            let detail = format!("There is no packet with the serial number {}", self.serial);
            return Err(Failure::new("not-found", detail, "`packet find` finds packets by recipient or client."));
        };
        let request = self.request.unwrap_or_else(request_id);
        if self.replace {
            let old = found["packets"][0].clone();
            return self.another(&old, request).await;
        }
        let reissue = shapes::life::Reissue { request, reason: self.reason, by: self.by };
        let path = shapes::life::REISSUE.replace("{id}", segment(id)?);
        admin::post(data, &path, &reissue).await.map_err(|failure| repeatable(failure, request))
    }

    /// Another packet in the place of one that was withdrawn.
    async fn another(self, old: &Value, request: Uuid) -> Result<Value, Failure> {
        let campaign = old["campaign"].as_str().unwrap_or_default().to_owned();
        let packet = serde_json::from_value(old["id"].clone()).map_err(|e| unexpected(&e))?;
        let to = self.to.as_deref().map(card).transpose()?;
        let replaces = Some(shapes::Replaces { packet, reason: self.reason, by: self.by });
        let issue = shapes::IssuePackets { request, campaign, count: 1, to, replaces };
        let issued = admin::post(&self.data.data, shapes::PACKETS, &issue).await;
        let made = issued.map_err(|failure| repeatable(failure, request))?["packets"][0].take();
        let mut answer = json!({ "id": made["id"], "serial": made["serial"], "replaces": packet });
        let where_it_is = if made["to"].is_null() { "link" } else { "to" };
        answer[where_it_is] = made[where_it_is].clone();
        Ok(answer)
    }
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// The campaign's id.
    #[arg(long, value_name = "ID")]
    campaign: String,
    /// Put it into a client's inbox: its contact card.
    #[arg(long, value_name = "CARD", required_unless_present = "out")]
    to: Option<PathBuf>,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

impl Test {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let to = self.to.as_deref().map(card).transpose()?;
        let file = test_packet(&self.data.data, &self.campaign, to).await?;
        let claims = &file.packet.claims;
        let mut answer = json!({ "id": file.packet.id(), "title": claims.envelope.title });
        if let Some(cnf) = &claims.cnf {
            answer["to"] = json!(cnf.jkt);
        }
        if let Some(out) = &self.out {
            save(out, &file)?;
            answer["path"] = Value::String(out.to_string_lossy().into_owned());
        }
        Ok(answer)
    }
}

/// Asks for a test packet.
pub(super) async fn test_packet(data: &Path, campaign: &str, to: Option<Value>) -> Result<PacketFile, Failure> {
    let path = shapes::CAMPAIGN_TEST.replace("{id}", segment(campaign)?);
    let file = admin::post(data, &path, &shapes::TestPacket { request: request_id(), to }).await?;
    PacketFile::read(file.to_string().as_bytes()).map_err(|e| unexpected(&e))
}
