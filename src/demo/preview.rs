//! One packet as a wallet shows it, as a picture: a wallet that nobody keeps takes it in, and the window is drawn without a
//! display.

use std::sync::Arc;

use egui::{Role, vec2};

use super::stage::{Passphrase, surroundings};
use super::{DemoError, at};
use crate::app::camera::{Camera, Part};
use crate::app::text::{Language, Texts};
use crate::app::{Fault, Launch, Session, Settings, ThemeChoice};
use crate::clock::SystemClock;
use crate::identity::keystore::AskPassphrase;
use crate::packet::PacketFile;
use crate::wallet::{Wallet, WalletError};

/// Whose wallet it is, in messages.
const NAME: &str = "preview";
/// The size of the window, in points; twice as many pixels.
const SIZE: (f32, f32) = (1120.0, 760.0);

/// The envelope as the window shows it, as PNG. The issuer is asked for its key where it can be reached; else the envelope is
/// shown as one that is not checked yet, as whoever gets it sees it at first.
///
/// # Errors
/// [`DemoError`] when the packet cannot be taken in or the window does not show it.
pub async fn picture(file: &PacketFile, language: Language, theme: ThemeChoice) -> Result<Vec<u8>, DemoError> {
    let folder = tempfile::Builder::new().prefix("hongbao-preview-").tempdir().map_err(at(&std::env::temp_dir()))?;
    let (dir, passphrase) = (folder.path().join("wallet"), Passphrase::fresh());
    let failed = |error: WalletError| DemoError::Wallet { name: NAME, error: Box::new(error) };
    let around = surroundings(&dir, &passphrase).map_err(failed)?;
    let wallet = Wallet::open(&dir, around).await.map_err(failed)?;
    // Looking needs no key of the issuer.
    let _ = wallet.add_issuer(&file.packet.claims.iss).await;
    wallet.import(&file.to_bytes()).await.map_err(failed)?;
    drop(wallet);
    let settings = Settings { welcomed: true, backed_up: true, reduced_motion: true, ..Settings::default() };
    settings.save(&dir).map_err(at(&dir))?;
    let opened = dir.clone();
    let opener = move |_: Arc<dyn AskPassphrase>| {
        let around = surroundings(&opened, &passphrase).map_err(|error| Fault::from(&error))?;
        Ok((opened, around))
    };
    let session = Session { dir, opener: Box::new(opener), take: Vec::new(), greets: true };
    let launch = Launch {
        sessions: vec![session],
        board: None,
        door: None,
        language: Some(language),
        theme: Some(theme),
        announcer: None,
        clock: Arc::new(SystemClock),
    };
    let mut camera = Camera::new(launch, vec2(SIZE.0, SIZE.1), 2.0);
    let title = file.packet.claims.envelope.title.as_str();
    let seal = Texts::new(language).tell("open-seal-of", &[("title", title.into())]);
    camera.find(Role::Button, &seal).await?;
    Ok(camera.png(Part::Page)?)
}
