//! Everything that happened in this wallet, by day; and the same as a table for other programs.

mod days;
mod view;

use std::path::PathBuf;

pub(in crate::app) use self::days::Filter;
pub(in crate::app) use self::view::{Around, view};
use crate::app::message::{Command, Pick};

/// What is shown here beyond the wallet's data.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Model {
    filter: Filter,
    /// Where the table shall go, while that is asked.
    pub(in crate::app) path: Option<String>,
    /// Where the last one went.
    pub(in crate::app) saved: Option<PathBuf>,
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    Filter(Filter),
    /// Ask where the table shall go; so it is suggested.
    Export(String),
    Path(String),
    Choose,
    Save,
    Close,
}

impl Model {
    /// What an action changes, and what the worker shall do.
    pub(in crate::app) fn update(&mut self, action: Action) -> Option<Command> {
        match action {
            Action::Filter(filter) => self.filter = filter,
            Action::Export(path) => (self.path, self.saved) = (Some(path), None),
            Action::Path(path) => self.path = Some(path),
            Action::Choose => return Some(Command::Pick(Pick::SaveTable(FILE_NAME.to_owned()))),
            Action::Save => {
                let path = self.path.as_deref().map(str::trim).filter(|path| !path.is_empty())?;
                return Some(Command::Export(path.into()));
            }
            Action::Close => (self.path, self.saved) = (None, None),
        }
        None
    }
}

/// How the table is called unless the person calls it otherwise.
pub(in crate::app) const FILE_NAME: &str = "hongbao-history.csv";
