//! Money that was given back for goods that were not there: once for each such collection, to its collector, as much as was promised.

use crate::enterprise::stored;
use crate::money::Amount;
use crate::packet::{Contents, Packet};
use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx};

const REFUNDS: &str = "SELECT goods_collection.id, goods_collection.client, goods_collection.state, goods_refund.collection, \
     promised.jws AS promised, promised.campaign AS of_campaign, made.jws AS made, made.campaign \
     FROM goods_collection JOIN packet AS promised ON promised.id = goods_collection.packet \
     LEFT JOIN goods_refund ON goods_refund.collection = goods_collection.id \
     LEFT JOIN packet AS made ON made.id = goods_refund.packet \
     WHERE (goods_collection.state = 'refunded' OR goods_refund.collection IS NOT NULL) AND goods_collection.id > ?1 \
     ORDER BY goods_collection.id LIMIT ?2";

pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    each(tx, REFUNDS, ("id", ""), &[], |_, row| refund(row, auditor))?;
    let loose = "SELECT collection FROM goods_refund WHERE NOT EXISTS \
                 (SELECT 1 FROM goods_collection WHERE goods_collection.id = goods_refund.collection) ORDER BY collection";
    for row in &tx.rows(loose, &[])? {
        auditor.differ("goods-refunded", row.text("collection")?, "a collection", "none");
    }
    Ok(())
}

fn refund(row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = row.text("id")?;
    auditor.equal("goods-refunded", id, "refunded", row.text("state")?);
    let Some(made) = row.opt_text("made")? else {
        auditor.differ("goods-refunded", id, "a packet of money", "none");
        return Ok(());
    };
    let made = Packet::read(made).map_err(|_| stored::strange("jws"))?;
    let to = made.claims.cnf.as_ref().map(|cnf| cnf.jkt.to_string()).unwrap_or_default();
    let promised = Packet::read(row.text("promised")?).map_err(|_| stored::strange("jws"))?;
    let line = |money: Option<Amount>, to: &str, campaign: &str| {
        format!("{} for {to} of {campaign}", money.map(|money| money.to_string()).unwrap_or_default())
    };
    let owed = line(choice(&promised), row.text("client")?, row.text("of_campaign")?);
    auditor.equal("goods-refunded", id, owed, line(alone(&made), &to, row.text("campaign")?));
    Ok(())
}

/// The money that a packet promises instead of its goods.
fn choice(packet: &Packet) -> Option<Amount> {
    match &packet.claims.contents {
        Contents::Goods { cash, .. } => cash.as_ref().map(|cash| cash.amount),
        Contents::Bank { .. } => None,
    }
}

/// The money that a packet holds for one.
fn alone(packet: &Packet) -> Option<Amount> {
    match &packet.claims.contents {
        Contents::Bank { amount, shares: 1, .. } => Some(*amount),
        _ => None,
    }
}
