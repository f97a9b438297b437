//! A file that a known company may have signed with a key that this wallet does not know yet: shown as that, asked about by a button,
//! and judged again.

use egui::accesskit::Role;

use super::play::{Opening, Play, World, put_packet};
use crate::wallet::tests::doubles::{Person, Terms, key};

/// A person who knows the company and not its bank; the company changed its key since.
fn knows_an_older_key(world: &World) -> Person {
    let person = Person::new();
    world.with(&person, async |wallet| {
        wallet.add_issuer(&world.enterprise.origin).await.unwrap();
    });
    world.enterprise.change_key(&key(9));
    person
}

/// Drops a packet by this key, sees that the company could be asked, and asks.
fn ask(play: &mut Play, world: &World, person: &Person, secret: u8) {
    let file = world.enterprise.packet_by(&key(secret), &world.bank, &Terms::default());
    play.drop_file(&put_packet(person, &format!("{secret}.hongbao"), &file));
    play.until_seen(&play.say("warn-key-unknown"));
    assert!(!play.sees(&play.say("tampered-title")) && !play.sees(&play.tell("warn-forged", &[])));
    assert!(!play.has(Role::Button, &play.say("warn-tampered-tell")));
    let button = play.tell("warn-key-unknown-ask", &[("domain", world.host().into())]);
    play.press(&button);
}

#[test]
fn a_changed_key_is_asked_for_and_its_packet_taken_in() {
    let world = World::new();
    let person = knows_an_older_key(&world);
    let mut play = Play::open(&person, Opening::default());
    ask(&mut play, &world, &person, 9);
    play.until_seen(&play.say("toast-imported"));
    play.until_idle();
    // Its bank is not known, as before.
    play.until_seen(&play.say("warn-unchecked"));
}

#[test]
fn who_pretends_to_be_a_known_company_is_named_after_asking() {
    let world = World::new();
    let person = knows_an_older_key(&world);
    let mut play = Play::open(&person, Opening::default());
    ask(&mut play, &world, &person, 8);
    let forged = play.tell("warn-forged", &[("domain", world.host().into())]);
    play.until_seen(&forged);
    play.until_idle();
    assert!(play.has(Role::Button, &play.say("warn-tampered-tell")), "there is nothing left to do but tell");
    drop(play);
    world.with(&person, async |wallet| assert!(wallet.list().await.unwrap().is_empty(), "nothing was taken in"));
}
