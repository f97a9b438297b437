//! The window: screens that show a wallet and turn clicks into its commands. It knows the wallet and never a server.
//!
//! This file composes and routes: events from the worker change the state, the state is drawn, what the person did changes
//! the state and becomes commands. Nothing here waits.

pub mod announce;
pub mod camera;
pub mod format;
mod index;
pub mod instance;
mod kept;
mod look;
mod message;
mod over;
mod pictures;
pub mod raster;
mod screens;
mod settings;
mod share;
mod shell;
mod state;
pub mod strip;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
mod widgets;
mod window;
mod worker;

pub use self::message::Fault;
pub use self::settings::{Settings, ThemeChoice};
pub use self::window::{Launch, Session, run};
pub use self::worker::Opener;

use self::text::Texts;
use crate::wallet::{ForwardOptions, Forwarded, Wallet, WalletError};

/// Forwards a packet as a picture, without a window.
///
/// # Errors
/// As [`Wallet::forward_drawn`].
pub async fn forward_picture(
    wallet: &Wallet,
    id: &str,
    options: ForwardOptions,
    language: text::Language,
) -> Result<Forwarded, WalletError> {
    share::forward(wallet, id, options, language).await.map(|(forwarded, _)| forwarded)
}

/// What happened, whether the money is safe, what to do: the three things that every trouble is told with.
fn fault_words(texts: &Texts, fault: &Fault) -> (String, String, String) {
    let key = format!("error-{}", fault.code);
    let key = if texts.has(&key) { key } else { "error-other".to_owned() };
    let values = [("detail", fault.detail.as_str().into()), ("next", fault.next.as_str().into())];
    let told = |suffix: &str| {
        let words = texts.tell(&format!("{key}{suffix}"), &values);
        let ends = words.ends_with(['。', '.', '！', '!', '？', '?']);
        let stop = if texts.language() == text::Language::Chinese { "。" } else { "." };
        if ends || words.is_empty() { words } else { format!("{words}{stop}") }
    };
    (told(""), told(".money"), told(".next"))
}
