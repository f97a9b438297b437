//! How the person wants the window to be, kept beside the wallet. Holds nothing secret and nothing about money.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text::Language;

/// The file's name in the wallet's folder.
pub(super) const FILE_NAME: &str = "window.json";
/// Larger files are none of ours.
const MAX_BYTES: u64 = 16 * 1024;

/// By day or by night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the machine has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl std::str::FromStr for ThemeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "system" => Ok(Self::System),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err("system, light or dark".to_owned()),
        }
    }
}

/// How large everything is, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSize(u16);

impl TextSize {
    /// The sizes to choose from.
    pub const ALL: [Self; 4] = [Self(100), Self(125), Self(150), Self(200)];

    /// In percent.
    #[must_use]
    pub const fn percent(self) -> u16 {
        self.0
    }

    /// The factor for all measures; a number that is none of ours counts as the nearest one in bounds.
    #[must_use]
    pub fn factor(self) -> f32 {
        f32::from(self.0.clamp(100, 200)) / 100.0
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

/// After how long without anything done the key leaves memory, in minutes; none: it stays until the window is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleLock(Option<u16>);

impl IdleLock {
    /// The times to choose from.
    pub const ALL: [Self; 5] = [Self(Some(1)), Self(Some(5)), Self(Some(15)), Self(Some(60)), Self(None)];

    /// In minutes; a number that is none of ours counts as the nearest one in bounds.
    #[must_use]
    pub fn minutes(self) -> Option<u16> {
        self.0.map(|minutes| minutes.clamp(1, 60))
    }

    /// The same as a time, by minutes of this length.
    #[must_use]
    pub fn after(self, minute: Duration) -> Option<Duration> {
        self.minutes().map(|minutes| minute * u32::from(minutes))
    }
}

impl Default for IdleLock {
    fn default() -> Self {
        Self(Some(15))
    }
}

/// Of what the desktop is told while nobody looks at the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Announced {
    /// Packets that arrived.
    pub arrivals: bool,
    /// Rewards.
    pub rewards: bool,
    /// Money that came in.
    pub money: bool,
    /// Packets that are about to expire.
    pub expiring: bool,
}

impl Default for Announced {
    fn default() -> Self {
        Self { arrivals: true, rewards: true, money: true, expiring: true }
    }
}

/// The choices of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// None: the machine's.
    pub language: Option<Language>,
    /// Day or night.
    pub theme: ThemeChoice,
    /// How large.
    pub text_size: TextSize,
    /// Whether things stand still.
    pub reduced_motion: bool,
    /// Whether the forwarder may see who opened.
    pub show_me: bool,
    /// Whether the person has seen the welcome.
    pub welcomed: bool,
    /// Whether the person says to have made a backup.
    pub backed_up: bool,
    /// Of what the desktop is told.
    pub announced: Announced,
    /// When a key with a passphrase leaves memory.
    pub idle_lock: IdleLock,
}

impl Settings {
    /// Reads the choices kept in a wallet's folder; what cannot be read is as new.
    #[must_use]
    pub fn load(dir: &Path) -> Self {
        let path = dir.join(FILE_NAME);
        let fits = std::fs::metadata(&path).is_ok_and(|file| file.len() <= MAX_BYTES);
        let text = fits.then(|| std::fs::read(&path).ok()).flatten();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Keeps the choices, as a whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, dir: &Path) -> std::io::Result<()> {
        let file = tempfile::Builder::new().prefix(".window-").tempfile_in(dir)?;
        serde_json::to_writer_pretty(&file, self)?;
        file.persist(dir.join(FILE_NAME)).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn choices_come_back_and_damage_costs_only_them() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(dir.path()), Settings::default());
        let chosen = Settings {
            language: Some(Language::Chinese),
            theme: ThemeChoice::Dark,
            welcomed: true,
            idle_lock: IdleLock(None),
            ..Settings::default()
        };
        chosen.save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()), chosen);
        std::fs::write(dir.path().join(FILE_NAME), "{\"welcomed\":true,\"announced\":{\"money\":false}}").unwrap();
        let older = Settings::load(dir.path());
        assert_eq!(older.announced, Announced { money: false, ..Announced::default() }, "the rest is told");
        assert_eq!(older.idle_lock.minutes(), Some(15), "a key is forgotten where nobody chose");
        for (kept, minutes) in [("0", Some(1)), ("1", Some(1)), ("9999", Some(60)), ("null", None)] {
            std::fs::write(dir.path().join(FILE_NAME), format!("{{\"idle_lock\":{kept}}}")).unwrap();
            assert_eq!(Settings::load(dir.path()).idle_lock.minutes(), minutes, "{kept}");
        }
        std::fs::write(dir.path().join(FILE_NAME), "{\"theme\":\"pink\"").unwrap();
        assert_eq!(Settings::load(dir.path()), Settings::default());
    }
}
