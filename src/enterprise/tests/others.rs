//! What is another's: a stranger is answered as if it were not there, at every route that the enterprise has.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{World, client, create, origin, send};
use crate::api::delivery::{DeliveryName, StatesRequest};
use crate::api::goods::{self, GoodsChoice};
use crate::api::inbox::RelayRequest;
use crate::api::posting::PostRequest;
use crate::api::routes;
use crate::clock::Clock as _;
use crate::enterprise::admin::CampaignGoods;
use crate::identity::Identity;
use crate::jose::Digest;
use crate::packet::{Handover, PacketFile, chain};
use crate::random::{Random as _, SystemRandom};

/// How a route treats a stranger who names what another has.
enum Treats {
    /// It tells what everybody may know, or what only a packet's or an address's holder can name.
    Everybody,
    /// One answer, whether the thing is another's or nobody's.
    Alike([(String, Value); 2]),
    /// The stranger's own, of which there is nothing; whatever others have.
    Nothing(String),
    /// A stream of the asker's own; `a_client_listens_four_times_and_all_together_as_often_as_there_is_room` tries it.
    OwnStream,
}

struct Town {
    world: World,
    collection: uuid::Uuid,
    /// Forwarded by its holder, of a packet that is known here.
    forwarded: PacketFile,
    /// Forwarded by its holder, of a packet that nobody here knows.
    unknown: PacketFile,
    friend: Identity,
    /// What its holder passed on to somebody else.
    delivery: DeliveryName,
}

impl Town {
    async fn new() -> Self {
        let world = World::new().await;
        let (zhang, li) = (client(1), client(2));
        let held = world.packet(Some(&zhang), |_| ()).await;
        let tea = world
            .packet(Some(&zhang), |request| {
                request.goods = Some(tea());
                request.amount.minor = 0;
                (request.bank, request.account, request.reward) = (None, None, None);
            })
            .await;
        let collection = SystemRandom.uuid(world.clock.now_ms());
        let choice = GoodsChoice { jti: collection, address: None };
        let request = goods::write(zhang.key(), &tea, &choice, world.clock.now()).unwrap();
        let _: Value = world.post(routes::GOODS, serde_json::to_vec(&request).unwrap(), None).await.unwrap();
        // Li reads an inbox here, so a file could be passed on to it.
        world.inbox(&li, 0).await;
        let forwarded = world.forwarded(&held, &zhang, Some(&li));
        let friend = client(3);
        world.inbox(&friend, 0).await;
        let passed_on = world.forwarded(&held, &zhang, Some(&friend));
        super::inboxes::pass_on(&world, &passed_on, &zhang, &friend).await.unwrap();
        let delivery = DeliveryName { to: friend.id(), head: chain::head(&passed_on.packet, &passed_on.hops) };
        let elsewhere = World::new().await;
        let unknown = elsewhere.packet(Some(&zhang), |_| ()).await;
        let unknown = world.forwarded(&unknown, &zhang, Some(&li));
        Self { world, collection, forwarded, unknown, friend: li, delivery }
    }

    /// How this route must treat who has no right; a route that is not here is one that nobody thought of.
    fn expected(&self, method: &str, path: &str) -> Treats {
        let file = |file: &PacketFile| serde_json::from_slice::<Value>(&file.to_bytes()).unwrap();
        let both = [&self.forwarded, &self.unknown];
        match (method, path) {
            ("GET", routes::WELL_KNOWN | routes::JWKS | "/p/{id}" | "/p/{id}/envelope.png") => Treats::Everybody,
            // Whoever shows the signed packet has it; the chain says whose it is.
            ("POST", routes::NOTICES | routes::GOODS) => Treats::Everybody,
            ("GET", routes::INBOX) => Treats::Nothing(format!("{path}?after=0")),
            ("GET", routes::INBOX_EVENTS) => Treats::OwnStream,
            ("GET", "/v1/goods/{id}") => {
                let ids = [self.collection, SystemRandom.uuid(self.world.clock.now_ms())];
                Treats::Alike(ids.map(|id| (format!("{}/{id}", routes::GOODS), Value::Null)))
            }
            ("GET", "/v1/recovery/{part}") => {
                Treats::Alike(["issued", "ended"].map(|part| (format!("{}{part}", routes::RECOVERY), Value::Null)))
            }
            ("POST", routes::RELAY) => Treats::Alike(both.map(|held| {
                let request = RelayRequest { to: self.friend.id(), file: file(held) };
                (path.to_owned(), serde_json::to_value(request).unwrap())
            })),
            ("POST", routes::RELAY_STATES) => Treats::Alike(self.deliveries().map(|name| {
                let request = StatesRequest { deliveries: vec![name] };
                (path.to_owned(), serde_json::to_value(request).unwrap())
            })),
            ("POST", routes::RELAY_RECALL) => {
                Treats::Alike(self.deliveries().map(|name| (path.to_owned(), serde_json::to_value(name).unwrap())))
            }
            ("GET", routes::OPENINGS) => Treats::Nothing(format!("{path}?after=0")),
            ("POST", routes::FORWARDS) => Treats::Alike(
                both.map(|held| (path.to_owned(), serde_json::to_value(PostRequest { file: file(held) }).unwrap())),
            ),
            _ => panic!("{method} {path}: who may ask what here?"),
        }
    }

    /// One that there is, and one that there is not.
    fn deliveries(&self) -> [DeliveryName; 2] {
        [self.delivery, DeliveryName { head: Digest::of(b"nobody's"), ..self.delivery }]
    }

    async fn answer(&self, by: &Identity, path: &str, body: &Value) -> (StatusCode, Value) {
        let body = (!body.is_null()).then(|| serde_json::to_vec(body).unwrap());
        let method = if body.is_some() { "POST" } else { "GET" };
        let header = self.world.authorization(by, method, path, body.as_deref().unwrap_or_default());
        let (status, _, answer) = send(self.world.app(), path, body, Some(header)).await;
        (status, serde_json::from_slice(&answer).unwrap())
    }
}

fn tea() -> CampaignGoods {
    CampaignGoods {
        item: "明前龙井".into(),
        quantity: 1,
        unit: None,
        merchant: "云栖茶舍".into(),
        terms: None,
        redeem: "到店出示兑换码".into(),
        picture: None,
        value: None,
        gtin: None,
        handover: Handover::Pickup,
        stock: 5,
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_anothers_goods_files_or_inbox() {
    let town = Town::new().await;
    let (eve, newcomer) = (client(9), client(10));
    let document = crate::enterprise::document().to_json().unwrap();
    let mut tried = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            if path == routes::OPENAPI {
                continue;
            }
            match town.expected(&method, path) {
                Treats::Everybody | Treats::OwnStream => continue,
                Treats::Alike([theirs, nobodys]) => {
                    let refused = town.answer(&eve, &theirs.0, &theirs.1).await;
                    let is_unknown = [json!({"states": ["unknown"]}), json!({"state": "unknown"})].contains(&refused.1);
                    assert!(is_unknown || refused.0.is_client_error(), "{method} {path}: {refused:?}");
                    assert_eq!(refused, town.answer(&eve, &nobodys.0, &nobodys.1).await, "{method} {path}");
                }
                Treats::Nothing(asked) => {
                    let own = town.answer(&eve, &asked, &Value::Null).await;
                    let list = if path == routes::OPENINGS { "openings" } else { "items" };
                    assert_eq!(own.1[list], json!([]), "{method} {path}");
                    assert_eq!(own, town.answer(&newcomer, &asked, &Value::Null).await, "{method} {path}");
                }
            }
            tried.insert(path.as_str());
        }
    }
    assert!(tried.len() >= 4, "{tried:?}");
    assert_eq!(town.world.inbox(&town.friend, 0).await.items.len(), 0, "nothing was passed on");
    assert_eq!(town.world.inbox(&client(3), 0).await.items.len(), 1, "nothing was taken back");
    town.world.audit_is_clean().await;
}

/// What names somebody's thing: random enough that nobody comes upon it, and never the number that people count by.
#[tokio::test]
async fn addresses_and_ids_cannot_be_guessed() {
    let world = World::new().await;
    let campaign = world.campaign(|request| *request = create(&world.bank.origin)).await.unwrap();
    let issued = world.issue(&campaign.id, 5, None).await.unwrap();
    let mut seen = BTreeSet::new();
    for packet in &issued.packets {
        let link = packet.link.as_str();
        let address = link.strip_prefix(&format!("{}{}", origin().as_str(), routes::DOWNLOAD)).unwrap();
        let bits = crate::jose::from_base64url(address).unwrap();
        assert_eq!(bits.len(), 16, "128 bits of chance: {address}");
        // No byte stands still from one address to the next, as it would in anything that is counted up.
        assert!(seen.insert(bits), "{address}");
        let neighbours =
            [format!("{address}A"), address[1..].to_owned(), address.to_lowercase(), packet.id.to_string()];
        for guess in neighbours.into_iter().chain((0..20).map(|serial| serial.to_string())) {
            let (status, ..) = send(world.app(), &format!("{}{guess}", routes::DOWNLOAD), None, None).await;
            assert!(guess == address || status == StatusCode::NOT_FOUND, "{guess}: {status}");
        }
    }
    for at in 0..16 {
        let there: BTreeSet<u8> = seen.iter().map(|bits| bits[at]).collect();
        assert!(there.len() > 1, "byte {at} is the same in every address");
    }
}
