//! Ways to pass a packet on that need a server or a picture: the short link and the share card, as commands.

use std::path::Path;

use serde_json::json;

use crate::world::{Terms, World, eventually};

/// What a chat makes of a picture: half the size, as a JPEG of little quality.
fn worsened(picture: &Path) -> std::path::PathBuf {
    let worse = picture.with_extension("jpg");
    let half = image::open(picture).unwrap().resize_exact(540, 720, image::imageops::FilterType::Triangle);
    let file = std::fs::File::create(&worse).unwrap();
    image::codecs::jpeg::JpegEncoder::new_with_quality(file, 60).encode_image(&half.into_rgb8()).unwrap();
    worse
}

#[test]
fn a_short_link_is_made_once_and_leads_to_the_packet_with_its_words() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    ming.run(&["open", &id]);
    let made = ming.run(&["forward", &id, "--https-link", "--note", "新年快乐"]);
    let link = made["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/p/", world.enterprise.url)), "{link}");
    assert_eq!((&made["hosted"]["state"], &made["hosted"]["link"]), (&json!("made"), &made["link"]));
    let again = ming.run(&["forward", &id, "--https-link", "--note", "新年快乐"]);
    assert_eq!(again["link"], made["link"], "the same forwarding has one address");
    assert_eq!(ming.refused(&["forward", &id, "--https-link", "--note", "别的话"])["type"], "link-says");
    // Another way may say something else; the link stays as it is.
    let other = world.path("other.hongbao");
    ming.run(&["forward", &id, "--save", other.to_str().unwrap(), "--note", "别的话"]);

    // As the page at that address hands it over, and as it is.
    assert_eq!(hao.run(&["import", &format!("hongbao:{link}")]), json!({"id": id, "new": true}));
    assert_eq!(hao.run(&["import", link])["new"], false);
    let shown = hao.run(&["show", &id]);
    assert_eq!((&shown["note"], &shown["from"]["client"]), (&json!("新年快乐"), &json!(ming.id())));
    assert_eq!(hao.run(&["open", &id])["receipt"], "rewarded");
    assert_eq!(ming.wait_for_rewards(1).len(), 1);

    // Hao keeps Ming's words, and later says something else.
    let mei = world.wallet("mei");
    let kept = world.path("kept.hongbao");
    hao.run(&["forward", &id, "--save", kept.to_str().unwrap(), "--keep-note"]);
    let (code, seen) = mei.inspect(&kept);
    assert_eq!((code, &seen["note"], &seen["note_by"]), (Some(0), &json!("新年快乐"), &json!(ming.id())), "{seen}");
    let own = world.path("own.hongbao");
    hao.run(&["forward", &id, "--save", own.to_str().unwrap(), "--note", "转给你"]);
    assert_eq!(mei.inspect(&own).1["note_by"], json!(hao.id()));
    let bare = world.path("bare.hongbao");
    hao.run(&["forward", &id, "--save", bare.to_str().unwrap()]);
    assert_eq!(mei.inspect(&bare).1["note"], json!(null));
    world.audit();
}

#[test]
fn a_link_that_cannot_be_had_now_comes_later() {
    let world = World::new();
    let ming = world.wallet("ming");
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    world.enterprise.kill();
    let queued = ming.run(&["forward", &id, "--https-link"]);
    assert_eq!((&queued["link"], &queued["hosted"]["state"]), (&json!(null), &json!("queued")));

    // The picture is made all the same; without a link on it, it has to be sent as it is.
    let picture = world.path("offline.png");
    let drawn = ming.run(&["forward", &id, "--picture", picture.to_str().unwrap(), "--picture-lang", "en"]);
    assert_eq!((&drawn["link"], &drawn["path"]), (&json!(null), &json!(picture)));
    let mei = world.bare_wallet("mei");
    assert_eq!(mei.run(&["import", picture.to_str().unwrap()]), json!({"id": id, "new": true}));
    assert_eq!(mei.refused(&["import", worsened(&picture).to_str().unwrap()])["type"], "nothing-inside");

    world.enterprise.restart();
    ming.run(&["sync"]);
    let made = eventually("the link is there", || {
        let made = ming.run(&["forward", &id, "--https-link"]);
        made["link"].is_string().then_some(made)
    });
    assert_eq!(made["hosted"]["state"], "made");
    assert_eq!(ming.run(&["show", &id])["forwards"][0]["hosted"]["link"], made["link"]);
    world.audit();
}

#[test]
fn a_picture_opens_offline_and_by_its_code_after_a_chat_made_it_worse() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let picture = world.path("card.png");
    let drawn = ming.run(&["forward", &id, "--picture", picture.to_str().unwrap(), "--note", "给你"]);
    assert_eq!(drawn["link"], drawn["hosted"]["link"]);
    assert!(drawn["link"].is_string(), "{drawn}");
    assert_eq!(
        ming.refused(&["forward", &id, "--picture", picture.to_str().unwrap(), "--note", "给你"])["type"],
        "exists"
    );
    let worse = worsened(&picture);
    let before = world.enterprise.proxy.requests();
    let mei = world.bare_wallet("mei");
    assert_eq!(mei.run(&["import", picture.to_str().unwrap()]), json!({"id": id, "new": true}));
    assert_eq!(mei.inspect(&picture).1["id"], json!(id));
    assert_eq!(world.enterprise.proxy.requests(), before, "the file in the picture needs nobody");
    assert_eq!(hao.run(&["import", worse.to_str().unwrap()]), json!({"id": id, "new": true}));
    assert!(world.enterprise.proxy.requests() > before, "the code leads to the issuer");
    assert_eq!(hao.run(&["show", &id])["note"], "给你");
    assert_eq!(hao.run(&["open", &id])["receipt"], "rewarded");
    world.audit();
}
