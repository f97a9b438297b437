//! What a person does during the story: presses what the window shows, as the window is, and keeps pictures of it. What came
//! of it is read from the wallets and the parties, not believed.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Role, vec2};

use super::campaign::Sample;
use super::stage::{Stage, Who};
use super::watch::PartyView;
use super::{DemoError, Options, at};
use crate::app::camera::{Camera, Part};
use crate::app::format::money;
use crate::app::strip::{self, Board};
use crate::app::text::{Args, Texts};
use crate::app::{Launch, Settings};
use crate::clock::SystemClock;
use crate::jose::Digest;
use crate::wallet::{Listed, Wallet};

/// The size of a wallet's part of the window, in points and in pixels too.
const SIZE: (f32, f32) = (1120.0, 760.0);
/// Until every word that passes has passed, in the window's seconds.
const WORDS: f64 = 12.0;
/// Until the opening has come in, and may be skipped.
const COME_IN: f64 = 0.5;

/// Numbered pictures in the report's folder; none without a folder.
struct Album {
    out: Option<PathBuf>,
    count: usize,
    /// The names of those taken since somebody asked.
    new: Vec<String>,
}

impl Album {
    fn take(&mut self, camera: &Camera, name: &str, part: Part) -> Result<(), DemoError> {
        let Some(out) = &self.out else { return Ok(()) };
        self.count += 1;
        let file = format!("{:02}-{name}.png", self.count);
        let path = out.join(&file);
        std::fs::write(&path, camera.png(part)?).map_err(at(&path))?;
        self.new.push(file);
        Ok(())
    }
}

/// Somebody who acts for both people.
pub struct Player {
    camera: Camera,
    album: Album,
    board: Board,
    texts: Texts,
    sample: Sample,
    wallets: [Arc<Wallet>; 2],
}

impl Player {
    /// Opens the window on both wallets. Must be called where there is a Tokio runtime.
    ///
    /// # Errors
    /// [`DemoError::File`].
    pub fn new(stage: &Stage, options: &Options) -> Result<Self, DemoError> {
        // Nobody looks at what moves, and a picture shall be of what stays.
        let settings = Settings { welcomed: true, backed_up: true, reduced_motion: true, ..Settings::default() };
        let board = Board::new([stage.first.name, stage.friend.name]);
        let launch = Launch {
            board: Some(board.clone()),
            door: None,
            sessions: vec![stage.first.session(&settings)?, stage.friend.session(&settings)?],
            language: Some(options.language),
            theme: Some(options.theme),
            announcer: None,
            clock: Arc::new(SystemClock),
        };
        Ok(Self {
            camera: Camera::new(launch, vec2(SIZE.0, SIZE.1 + strip::HEIGHT), 1.0),
            board,
            album: Album { out: options.out.clone(), count: 0, new: Vec::new() },
            texts: Texts::new(options.language),
            sample: stage.sample,
            wallets: [Arc::clone(&stage.first.wallet), Arc::clone(&stage.friend.wallet)],
        })
    }

    /// Shows in the window what the parties see.
    pub fn see(&self, views: &[PartyView]) {
        self.board.show(views.iter().map(PartyView::seen).collect());
    }

    /// At the end: all packets of the first client, and what everybody sees.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn look_around(&mut self) -> Result<(), DemoError> {
        self.go(Who::First, "page-packets").await?;
        self.camera.pass(WORDS).await?;
        self.album.take(&self.camera, "everybody", Part::Whole)
    }

    /// The names of the pictures taken since this was last asked.
    pub fn pictures(&mut self) -> Vec<String> {
        std::mem::take(&mut self.album.new)
    }

    /// Opens a packet by its seal, which tells the enterprise.
    ///
    /// # Errors
    /// [`DemoError`] when the window does not show what is to be pressed.
    pub async fn open(&mut self, who: Who, id: &Digest) -> Result<(), DemoError> {
        let packet = self.packet(who, id).await?;
        let first_time = who == Who::First && !packet.reward;
        if packet.reward {
            self.go(who, "page-rewards").await?;
            self.take("rewards").await?;
            let amount = packet.amount.map(money).unwrap_or_default();
            self.camera.click(Role::Button, &format!("{amount} {}", self.texts.say("reward-open"))).await?;
        } else {
            self.go(who, "page-packets").await?;
            self.take_if(first_time, "shelf").await?;
            self.camera.click(Role::Button, &self.name(&packet)).await?;
        }
        let seal = self.tell("open-seal-of", &[("title", packet.title.as_str().into())]);
        self.camera.find(Role::Button, &seal).await?;
        self.take_if(!packet.reward, if first_time { "envelope" } else { "friend-envelope" }).await?;
        self.camera.click(Role::Button, &seal).await?;
        let skip = self.texts.say("opening-skip");
        self.camera.find(Role::Button, &skip).await?;
        self.camera.pass(COME_IN).await?;
        if first_time {
            self.album.take(&self.camera, "moment", Part::Page)?;
        }
        self.camera.click(Role::Button, &skip).await?;
        self.camera.find(Role::Button, &self.collect_words(&packet)).await?;
        self.take_if(first_time, "voucher").await
    }

    /// Collects a packet's money into the account that the wallet knows, and waits for it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn collect(&mut self, who: Who, id: &Digest) -> Result<(), DemoError> {
        let packet = self.packet(who, id).await?;
        self.show(who, &packet).await?;
        let account = format!("{} · {}", self.person(who), self.sample.collecting);
        self.camera.click(Role::RadioButton, &account).await?;
        self.camera.click(Role::Button, &self.collect_words(&packet)).await?;
        let amount = packet.amount.map(money).unwrap_or_default();
        self.camera.find(Role::Label, &self.tell("arrived", &[("amount", amount.into())])).await?;
        if packet.reward {
            self.go(who, "page-rewards").await?;
            self.take("reward-collected").await?;
            self.go(who, "page-activity").await?;
            return self.take("activity").await;
        }
        self.take(if who == Who::First { "collected" } else { "friend-collected" }).await
    }

    /// Forwards a packet into the inbox of a friend, by name.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn forward(&mut self, who: Who, id: &Digest, friend: &str) -> Result<(), DemoError> {
        let packet = self.packet(who, id).await?;
        self.show(who, &packet).await?;
        self.camera.click(Role::Button, &self.texts.say("forward")).await?;
        self.camera.click(Role::RadioButton, friend).await?;
        self.take("forward").await?;
        self.camera.click(Role::Button, &self.tell("send-friend", &[("name", friend.into())])).await?;
        self.camera.find(Role::Heading, &self.texts.say("done-sent")).await?;
        self.take("sent").await?;
        self.camera.click(Role::Button, &self.texts.say("done")).await?;
        Ok(())
    }

    /// Fetches what arrived.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn refresh(&mut self, who: Who) -> Result<(), DemoError> {
        self.turn(who).await?;
        self.camera.click(Role::Button, &self.texts.say("sync-now")).await?;
        Ok(())
    }
}

/// The ways through the window.
impl Player {
    async fn turn(&mut self, who: Who) -> Result<(), DemoError> {
        if self.camera.shown() != who as usize {
            let name = self.person(who);
            self.camera.click(Role::Button, &self.tell("demo-switch", &[("name", name.into())])).await?;
        }
        Ok(())
    }

    async fn go(&mut self, who: Who, page: &str) -> Result<(), DemoError> {
        self.turn(who).await?;
        self.camera.click(Role::Tab, &self.texts.say(page)).await?;
        Ok(())
    }

    /// To a packet's own page.
    async fn show(&mut self, who: Who, packet: &Listed) -> Result<(), DemoError> {
        self.go(who, "page-packets").await?;
        self.camera.click(Role::Button, &self.name(packet)).await?;
        Ok(())
    }

    async fn take(&mut self, name: &str) -> Result<(), DemoError> {
        if self.album.out.is_some() {
            self.camera.pass(WORDS).await?;
            self.album.take(&self.camera, name, Part::Page)?;
        }
        Ok(())
    }

    async fn take_if(&mut self, wanted: bool, name: &str) -> Result<(), DemoError> {
        if wanted { self.take(name).await } else { Ok(()) }
    }
}

/// The words by which things are found.
impl Player {
    async fn packet(&self, who: Who, id: &Digest) -> Result<Listed, DemoError> {
        let wallet = &self.wallets[who as usize];
        let name = self.person(who);
        let list = wallet.list().await.map_err(|error| DemoError::Wallet { name, error: Box::new(error) })?;
        list.into_iter().find(|packet| packet.id == *id).ok_or(DemoError::Never("the packet is in the wallet"))
    }

    const fn person(&self, who: Who) -> &'static str {
        match who {
            Who::First => self.sample.first,
            Who::Friend => self.sample.friend,
        }
    }

    fn tell(&self, key: &str, values: Args<'_>) -> String {
        self.texts.tell(key, values)
    }

    fn name(&self, packet: &Listed) -> String {
        let greeting = packet.greeting.replace('\n', " ");
        self.tell("packet-name", &[("title", packet.title.as_str().into()), ("greeting", greeting.into())])
    }

    fn collect_words(&self, packet: &Listed) -> String {
        let amount = packet.amount.map(money).unwrap_or_default();
        self.tell("collect-button-amount", &[("amount", amount.into())])
    }
}
