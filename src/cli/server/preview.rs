//! `campaign preview`: an envelope as a wallet shows it, drawn before anything is frozen.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::enterprise::cannot_write;
use super::find::test_packet;
use super::{Data, Failure};
use crate::app::ThemeChoice;
use crate::app::text::Language;
use crate::demo::preview::picture;

#[derive(Debug, Args)]
pub(super) struct Preview {
    /// The campaign's id.
    id: String,
    /// The picture to write, a new PNG file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// zh-CN or en; without it the system's language.
    #[arg(long)]
    lang: Option<Language>,
    /// light or dark.
    #[arg(long, default_value = "light")]
    theme: ThemeChoice,
    #[command(flatten)]
    data: Data,
}

impl Preview {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let file = test_packet(&self.data.data, &self.id, None).await?;
        let language = self.lang.unwrap_or_else(Language::of_system);
        let drawn = picture(&file, language, self.theme).await.map_err(|error| {
            Failure::new("preview", error.to_string(), "Look at it with `packet test --out FILE` in a wallet instead.")
        })?;
        let new = std::fs::OpenOptions::new().write(true).create_new(true).open(&self.out);
        let written = new.and_then(|mut new| std::io::Write::write_all(&mut new, &drawn));
        written.map_err(|error| cannot_write(&self.out, &error))?;
        Ok(json!({ "campaign": self.id, "path": self.out.to_string_lossy() }))
    }
}
