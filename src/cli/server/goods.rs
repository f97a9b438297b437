//! An enterprise's commands about goods: what a campaign gives, its stock, and what is done at the counter.

use std::path::PathBuf;

use super::enterprise::{picture, repeatable, segment};
use super::{Data, Failure, admin, request_id};
use crate::clock::parse_duration;
use crate::enterprise::admin::{self as shapes, CampaignGoods, ChangeStock, Delivered, Missing, Refund, Ship};
use crate::money::Amount;
use crate::packet::Handover;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum HandoverArg {
    Pickup,
    Delivery,
}

/// What goods one person gets, as options of `campaign create`.
#[derive(Debug, Args)]
pub(super) struct Goods {
    /// Goods instead of money: what, such as 明前龙井.
    #[arg(long, value_name = "TEXT", requires_all = ["merchant", "redeem", "stock"])]
    goods_item: Option<String>,
    /// Goods: how many units one person gets.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "goods_item")]
    quantity: u32,
    /// Goods: of which unit, such as 盒.
    #[arg(long, value_name = "TEXT", requires = "goods_item")]
    unit: Option<String>,
    /// Goods: from whom.
    #[arg(long, value_name = "TEXT", requires = "goods_item")]
    merchant: Option<String>,
    /// Goods: conditions.
    #[arg(long, value_name = "TEXT", requires = "goods_item")]
    terms: Option<String>,
    /// Goods: how to get them.
    #[arg(long, value_name = "TEXT", requires = "goods_item")]
    redeem: Option<String>,
    /// Goods: their Global Trade Item Number: 8, 12, 13 or 14 digits.
    #[arg(long, value_name = "DIGITS", requires = "goods_item")]
    gtin: Option<String>,
    /// Goods: a picture: PNG, JPEG or WebP, at most 256 KiB and 2048 × 2048.
    #[arg(long, value_name = "FILE", requires = "goods_item")]
    picture: Option<PathBuf>,
    /// Goods: picked up with a code, or sent to an address that the collector gives.
    #[arg(long, value_enum, requires = "goods_item")]
    handover: Option<HandoverArg>,
    /// Goods: what they are worth, if that shall be said.
    #[arg(long, value_name = "AMOUNT", requires = "goods_item")]
    value: Option<Amount>,
    /// Goods: how many units there are.
    #[arg(long, value_name = "N", requires = "goods_item")]
    stock: Option<u64>,
    /// Goods or cash: what the collector may have instead; needs --bank and --account.
    #[arg(long, value_name = "AMOUNT", requires_all = ["goods_item", "bank"])]
    pub(super) cash: Option<Amount>,
}

impl Goods {
    pub(super) fn request(self) -> Result<Option<CampaignGoods>, Failure> {
        let (Some(item), Some(merchant), Some(redeem), Some(stock)) =
            (self.goods_item, self.merchant, self.redeem, self.stock)
        else {
            return Ok(None);
        };
        Ok(Some(CampaignGoods {
            item,
            quantity: self.quantity,
            unit: self.unit,
            merchant,
            terms: self.terms,
            redeem,
            picture: self.picture.as_deref().map(picture).transpose()?,
            value: self.value,
            gtin: self.gtin,
            handover: match self.handover {
                None | Some(HandoverArg::Pickup) => Handover::Pickup,
                Some(HandoverArg::Delivery) => Handover::Delivery,
            },
            stock,
        }))
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Stock {
    /// More units are there.
    Add(StockChange),
    /// Fewer units are there; only those that no packet promises.
    Remove(StockChange),
    /// Where the units are.
    Show(OneStock),
}

#[derive(Debug, Args)]
pub(super) struct OneStock {
    /// The campaign's id.
    campaign: String,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct StockChange {
    /// The campaign's id.
    campaign: String,
    /// How many units.
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    units: i64,
    /// The id of an earlier request whose answer was lost: asking again with it changes nothing twice.
    #[arg(long, value_name = "UUID")]
    request: Option<Uuid>,
    #[command(flatten)]
    data: Data,
}

impl Stock {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let (change, sign) = match self {
            Self::Show(one) => return admin::get(&one.data.data, &path(&one.campaign)?).await,
            Self::Add(change) => (change, 1),
            Self::Remove(change) => (change, -1),
        };
        let request = change.request.unwrap_or_else(request_id);
        let body = ChangeStock { request, units: change.units * sign };
        let answer = admin::post(&change.data.data, &path(&change.campaign)?, &body).await;
        answer.map_err(|failure| repeatable(failure, request))
    }
}

fn path(campaign: &str) -> Result<String, Failure> {
    Ok(shapes::STOCK.replace("{id}", segment(campaign)?))
}

#[derive(Args)]
pub(super) struct Redeem {
    /// The code that the collector shows: 28 letters and digits.
    code: String,
    /// Who hands the goods over.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    data: Data,
}

/// The code is a secret.
impl std::fmt::Debug for Redeem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redeem").field("by", &self.by).finish_non_exhaustive()
    }
}

impl Redeem {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let body = shapes::Redeem { code: self.code, by: self.by };
        admin::post(&self.data.data, shapes::REDEEM, &body).await
    }
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// All collections, newest first.
    List {
        /// Only this campaign.
        #[arg(long, value_name = "ID")]
        campaign: Option<String>,
        /// Only in this state: collected, out-of-stock, redeemed, shipped, delivered, expired, refunded.
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        #[command(flatten)]
        data: Data,
    },
    /// One collection, with all that changed.
    Show {
        /// The collection's id.
        id: Uuid,
        #[command(flatten)]
        data: Data,
    },
    /// The goods were not there when the code was shown; the code stays good for longer.
    OutOfStock {
        /// The code, or the collection's id.
        goods: String,
        /// Why, and when they will be there; the collector reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// For how much longer the code is good, such as 30d; without it, 30 days.
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        extend: Option<i64>,
        /// Who says so.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        #[command(flatten)]
        data: Data,
    },
    /// Goods that were chosen over money are not there, or broken: the code ends, and the collector gets the money in a packet of its own.
    Refund {
        /// The code, or the collection's id.
        goods: String,
        /// Why; the collector reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who says so.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        #[command(flatten)]
        data: Data,
    },
    /// Goods were sent to the collector's address.
    Ship {
        /// The collection's id.
        id: Uuid,
        /// By what the parcel is found; the collector reads it.
        #[arg(long, value_name = "TEXT")]
        tracking: String,
        /// Who sent them.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        #[command(flatten)]
        data: Data,
    },
    /// A parcel arrived.
    Delivered {
        /// The collection's id.
        id: Uuid,
        /// Who says so.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        #[command(flatten)]
        data: Data,
    },
}

/// A code may be in it.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Goods")
    }
}

impl Command {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::List { campaign, state, data } => {
                let campaign = campaign.map(|id| segment(&id).map(|id| format!("campaign={id}"))).transpose()?;
                let state = state.map(|state| segment(&state).map(|state| format!("state={state}"))).transpose()?;
                let query: Vec<String> = [campaign, state].into_iter().flatten().collect();
                let question = if query.is_empty() { "" } else { "?" };
                let path = format!("{}{question}{}", shapes::GOODS, query.join("&"));
                let collections = admin::all(&data.data, &path, "collections", "id").await?;
                Ok(json!({ "collections": collections }))
            }
            Self::Show { id, data } => admin::get(&data.data, &format!("{}/{id}", shapes::GOODS)).await,
            Self::OutOfStock { goods, reason, extend, by, data } => {
                let too_long = |_| Failure::new("bad-request", "--extend is too long", "Choose less than 100 years.");
                let extend = extend.map(u32::try_from).transpose().map_err(too_long)?;
                admin::post(&data.data, shapes::OUT_OF_STOCK, &Missing { goods, reason, extend, by }).await
            }
            Self::Refund { goods, reason, by, data } => {
                admin::post(&data.data, shapes::REFUND, &Refund { goods, reason, by }).await
            }
            Self::Ship { id, tracking, by, data } => {
                admin::post(&data.data, shapes::SHIP, &Ship { id, tracking, by }).await
            }
            Self::Delivered { id, by, data } => admin::post(&data.data, shapes::DELIVERED, &Delivered { id, by }).await,
        }
    }
}
