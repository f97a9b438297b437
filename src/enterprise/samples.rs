//! Test packets: a campaign's look before any money is frozen. One is a goods voucher for nothing, marked as a test wherever
//! it is read, so that every wallet can check and show it and nobody can collect it. It is in no register: it takes no
//! serial number of the series, earns nothing, and cannot be forwarded.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

use super::admin::TestPacket;
use super::arrivals::Arrival;
use super::failure::Failure;
use super::inbox::{self, Delivery};
use super::terms::{Campaign, Fresh};
use super::{Enterprise, campaigns, files, issuing};
use crate::api::inbox::ItemKind;
use crate::jose::{ClientId, Typ};
use crate::packet::{Contents, Mode, Packet, PacketClaims, PacketFile, text};
use crate::party::Party;
use crate::store::{StoreError, Tx};

/// The serial number of all test packets: no series comes so far.
pub(super) const SERIAL: u64 = 999_999_999_999;
/// Who sends them, for the inbox: no client.
const SENDER: &str = "test";
/// What stands before the title.
const MARK: &str = "测试 TEST · ";
const TERMS: &str =
    "这是测试红包：里面没有钱，也领不到任何东西。\nThis is a test packet: there is no money in it, and nothing to get.";
const REDEEM: &str = "不能兑换\nIt cannot be redeemed.";

/// Whether a packet is a test: whatever it says, it earns nothing.
pub(super) fn is_test(claims: &PacketClaims) -> bool {
    claims.envelope.serial == SERIAL
}

/// Makes a test packet, the same for the same request, and puts it into a client's inbox when it is for one.
pub(super) async fn make(enterprise: &Arc<Enterprise>, id: &str, request: TestPacket) -> Result<PacketFile, Failure> {
    let to = request.to.as_ref().map(issuing::card).transpose()?.map(|card| card.client);
    let (party, id, now) = (enterprise.party.clone(), id.to_owned(), enterprise.party.now());
    let query = move |tx: &mut Tx<'_>| -> Result<PacketFile, Failure> {
        let (campaign, _) = campaigns::load(tx, &id)?.ok_or_else(campaigns::unknown)?;
        let fresh = Fresh { iss: party.origin.clone(), jti: request.request, serial: SERIAL, now: campaign.created };
        let packet = sign(&party, claims(&campaign, fresh, to))?;
        let media = files::pictures(tx, &packet)?;
        Ok(PacketFile { packet, voucher: None, hops: Vec::new(), note: None, media })
    };
    let file = enterprise.party.store.read(query).await?;
    if let Some(client) = to {
        let text = String::from_utf8(file.to_bytes()).map_err(|_| StoreError::Shape("a file is not text".into()))?;
        let head = file.packet.id();
        let put = move |tx: &mut Tx<'_>| -> Result<Option<Arrival>, StoreError> {
            // From nobody: like what friends send, it is kept as a file and dropped when it is old.
            let delivery = Delivery {
                client,
                kind: ItemKind::Packet,
                head,
                file: Some((SENDER.to_owned(), text)),
                reward_for: None,
            };
            inbox::put(tx, delivery, now)
        };
        if let Some(arrival) = enterprise.party.store.decide(put).await? {
            enterprise.arrivals.tell(arrival);
        }
    }
    Ok(file)
}

fn claims(campaign: &Campaign, fresh: Fresh, to: Option<ClientId>) -> PacketClaims {
    let mut claims = campaign.first_packet(fresh, to, None);
    let room = text::TITLE.graphemes - MARK.graphemes(true).count();
    let title: String = claims.envelope.title.graphemes(true).take(room).collect();
    claims.nbf = claims.iat;
    claims.forward = None;
    claims.contents = Contents::Goods {
        item: format!("{MARK}{}", campaign.terms.amount),
        quantity: 1,
        unit: None,
        merchant: title.clone(),
        terms: Some(TERMS.to_owned()),
        redeem: REDEEM.to_owned(),
        picture: None,
        value: None,
        mode: Mode::Each,
        shares: 1,
        gtin: None,
        handover: None,
        cash: None,
    };
    claims.envelope.title = format!("{MARK}{title}");
    claims
}

fn sign(party: &Party, claims: PacketClaims) -> Result<Packet, Failure> {
    let jws = party.sign(Typ::Packet, &claims)?;
    Ok(Packet::read(jws.as_str()).map_err(crate::api::Refusal::from)?)
}
