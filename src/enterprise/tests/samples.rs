//! Test packets: a draft's look before anything is frozen, in no register and worth nothing.

use serde_json::Value;

use super::world::{START, World, card, client, code, file};
use crate::api::states::{NoRewardReason as Why, ReceiptResult as Result};
use crate::enterprise::admin::{CAMPAIGN_TEST, TestPacket};
use crate::packet::verify::Verdict;
use crate::packet::{Contents, PacketFile, Trust, verify};
use crate::random::{Random as _, SystemRandom};

impl World {
    async fn test(&self, campaign: &str, test: &TestPacket) -> super::world::Answer<Value> {
        self.admin(&CAMPAIGN_TEST.replace("{id}", campaign), Some(test)).await
    }
}

fn request(to: Option<Value>) -> TestPacket {
    TestPacket { request: SystemRandom.uuid(START * 1000), to }
}

#[tokio::test]
async fn a_draft_can_be_looked_at_before_anything_is_frozen() {
    let world = World::new().await;
    let long = "福".repeat(64);
    let draft = world.campaign(|it| (it.draft, it.title, it.theme) = (true, long.clone(), Some("garnet".into()))).await;
    let draft = draft.unwrap();
    let ask = request(None);
    let held: PacketFile = file(&world.test(&draft.id, &ask).await.unwrap());
    assert_eq!(file(&world.test(&draft.id, &ask).await.unwrap()), held, "the same for the same request");
    let claims = &held.packet.claims;
    assert!(claims.envelope.title.starts_with("测试 TEST · 福") && claims.check().is_ok());
    assert_eq!(
        (claims.envelope.greeting.as_str(), claims.envelope.theme.as_deref()),
        (draft.greeting.as_str(), Some("garnet"))
    );
    assert!(matches!(&claims.contents, Contents::Goods { item, value: None, .. } if item.contains("88.00")));
    let issuers = [(super::world::origin(), world.enterprise.party.keys())].into();
    assert_eq!(verify(&held, &Trust { issuers, ..Trust::default() }).verdict, Verdict::Genuine);
    assert_eq!((world.bank.asked(), world.count("SELECT COUNT(*) AS n FROM packet").await), (0, 0));
    // Telling of it is answered, and remembered by nobody.
    let receipt = world.open(&held, &client(1)).await;
    assert_eq!((receipt.result, receipt.reason), (Result::NotRewarded, Some(Why::NotForwarded)));
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice").await, 0);
    assert_eq!(code(world.test("nonsense", &ask).await), "unknown-campaign");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_test_reaches_the_inbox_it_is_for_and_is_dropped_when_it_is_old() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    let zhang = client(1);
    let ask = request(Some(card(&zhang)));
    let sent = file(&world.test(&campaign, &ask).await.unwrap());
    world.test(&campaign, &ask).await.unwrap();
    let page = world.inbox(&zhang, 0).await;
    assert_eq!((page.items.len(), file(&page.items[0].file)), (1, sent));
    let first = world.issue(&campaign, 1, Some(&zhang)).await.unwrap();
    assert_eq!(first.packets[0].serial, 1, "the series begins with a real one");
    world.advance(31 * 24 * 3600);
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 1);
    assert_eq!(code(world.test(&campaign, &request(Some(serde_json::json!({})))).await), "bad-card");
    world.audit_is_clean().await;
}
