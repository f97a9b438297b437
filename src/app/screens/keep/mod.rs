//! Keeping the wallet safe: the recovery phrase, a backup, and the way back from either. Secrets wipe themselves as soon as
//! their sheet is closed, and nothing here shows one in a log.

mod view;

use std::path::{Path, PathBuf};

pub(in crate::app) use self::view::view;
use super::super::message::{Command, Fault, Passphrase, Pick};
use crate::identity::backup::EXTENSION;
use crate::identity::phrase::{self, Phrase, PhraseError, WORDS, WordList};

/// How many words are asked again.
pub(in crate::app) const ASKED: usize = 3;

/// The recovery phrase in both lists, and which words to ask again.
#[derive(Clone, Debug)]
pub(in crate::app) struct Words {
    pub(in crate::app) english: Phrase,
    pub(in crate::app) chinese: Phrase,
    /// From 0, first to last.
    pub(in crate::app) asked: [usize; ASKED],
}

impl Words {
    const fn of(&self, list: WordList) -> &Phrase {
        match list {
            WordList::English => &self.english,
            WordList::Chinese => &self.chinese,
        }
    }
}

/// Three different places of a phrase, first to last, from random bytes.
pub(in crate::app) fn places(random: [u8; ASKED]) -> [usize; ASKED] {
    let third = WORDS / ASKED;
    std::array::from_fn(|at| at * third + usize::from(random[at]) % third)
}

/// What is shown of the phrase.
#[derive(Debug)]
pub(in crate::app) struct PhraseSheet {
    pub(in crate::app) words: Words,
    pub(in crate::app) list: WordList,
    /// Whether the words can be read.
    pub(in crate::app) shown: bool,
    /// What is typed of the words that are asked again.
    pub(in crate::app) typed: Option<[Passphrase; ASKED]>,
    /// Whether it was compared, and something differs.
    pub(in crate::app) differs: bool,
}

/// What is typed for a backup.
#[derive(Debug, Default)]
pub(in crate::app) struct SaveSheet {
    pub(in crate::app) path: String,
    pub(in crate::app) first: Passphrase,
    pub(in crate::app) second: Passphrase,
    pub(in crate::app) fault: Option<Fault>,
    /// The file, once it is there.
    pub(in crate::app) done: Option<PathBuf>,
}

/// From what a wallet is brought back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum From {
    #[default]
    File,
    Phrase,
}

/// What is typed to bring a wallet back.
#[derive(Debug, Default)]
pub(in crate::app) struct RestoreSheet {
    pub(in crate::app) from: From,
    pub(in crate::app) path: String,
    pub(in crate::app) passphrase: Passphrase,
    pub(in crate::app) phrase: Passphrase,
    pub(in crate::app) wrong: Option<PhraseError>,
    pub(in crate::app) fault: Option<Fault>,
}

/// The sheet that is open.
#[derive(Debug)]
pub(in crate::app) enum Model {
    Phrase(Box<PhraseSheet>),
    Save(SaveSheet),
    Restore(RestoreSheet),
}

/// Which sheet to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Sheet {
    Save,
    Restore,
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    Open(Sheet),
    Close,
    List(WordList),
    Show(bool),
    /// On to the words that are asked again.
    Written,
    /// A word that is asked again, by its place among those.
    Word(usize, Passphrase),
    /// Compare them.
    Compare,
    Path(String),
    Choose,
    First(Passphrase),
    Second(Passphrase),
    From(From),
    Typed(Passphrase),
    Save,
    Restore,
}

/// What came of an action.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Outcome {
    pub(in crate::app) command: Option<Command>,
    /// The sheet is done with.
    pub(in crate::app) close: bool,
    /// The phrase is written down.
    pub(in crate::app) is_kept: bool,
}

impl Outcome {
    fn doing(command: Command) -> Self {
        Self { command: Some(command), ..Self::default() }
    }
}

impl Model {
    /// A sheet; `home` is where a backup goes if nobody says otherwise: not into the wallet's folder, with which it would be
    /// lost.
    pub(in crate::app) fn new(sheet: Sheet, home: &Path) -> Self {
        let path = home.join(format!("my.{EXTENSION}")).display().to_string();
        match sheet {
            Sheet::Save => Self::Save(SaveSheet { path, ..SaveSheet::default() }),
            Sheet::Restore => Self::Restore(RestoreSheet::default()),
        }
    }

    /// The phrase, hidden.
    pub(in crate::app) fn of_words(words: Words, list: WordList) -> Self {
        let (shown, typed, differs) = (false, None, false);
        Self::Phrase(Box::new(PhraseSheet { words, list, shown, typed, differs }))
    }

    /// What an action changes.
    pub(in crate::app) fn update(&mut self, action: Action) -> Outcome {
        match (self, action) {
            (_, Action::Close) => Outcome { close: true, ..Outcome::default() },
            (Self::Phrase(sheet), action) => sheet.update(action),
            (Self::Save(sheet), action) => sheet.update(action),
            (Self::Restore(sheet), action) => sheet.update(action),
        }
    }

    /// Trouble is told in the sheet.
    pub(in crate::app) fn failed(&mut self, fault: Fault) {
        match self {
            Self::Save(sheet) => sheet.fault = Some(fault),
            Self::Restore(sheet) => sheet.fault = Some(fault),
            Self::Phrase(_) => {}
        }
    }

    /// A place was chosen in a native dialog.
    pub(in crate::app) fn picked(&mut self, path: &Path) {
        let path = path.display().to_string();
        match self {
            Self::Save(sheet) => sheet.path = path,
            Self::Restore(sheet) => sheet.path = path,
            Self::Phrase(_) => {}
        }
    }
}

impl PhraseSheet {
    fn update(&mut self, action: Action) -> Outcome {
        match action {
            Action::List(list) => {
                self.list = list;
                self.typed = self.typed.take().map(|_| Default::default());
                self.differs = false;
            }
            Action::Show(shown) => self.shown = shown,
            Action::Written => {
                self.shown = false;
                self.typed = Some(Default::default());
            }
            Action::Word(at, word) => {
                self.differs = false;
                if let Some(typed) = self.typed.as_mut().and_then(|typed| typed.get_mut(at)) {
                    *typed = word;
                }
            }
            Action::Compare => {
                let is_kept = self.is_right();
                self.differs = !is_kept;
                return Outcome { close: is_kept, is_kept, command: None };
            }
            _ => {}
        }
        Outcome::default()
    }

    /// Whether a word that is asked again was typed as it is written.
    pub(in crate::app) fn is_same(&self, at: usize) -> bool {
        let typed = self.typed.as_ref().and_then(|typed| typed.get(at));
        let word = self.words.asked.get(at).and_then(|place| self.words.of(self.list).words().nth(*place));
        typed.zip(word).is_some_and(|(typed, word)| typed.0.trim().to_lowercase() == word)
    }

    fn is_right(&self) -> bool {
        (0..ASKED).all(|at| self.is_same(at))
    }
}

impl SaveSheet {
    pub(in crate::app) fn is_ready(&self) -> bool {
        !self.path.trim().is_empty() && !self.first.0.is_empty() && self.first == self.second
    }

    fn update(&mut self, action: Action) -> Outcome {
        match action {
            Action::Path(path) => self.path = path,
            Action::First(text) => self.first = text,
            Action::Second(text) => self.second = text,
            Action::Choose => return Outcome::doing(Command::Pick(Pick::SaveBackup(format!("my.{EXTENSION}")))),
            Action::Save if self.is_ready() => {
                self.fault = None;
                return Outcome::doing(Command::BackUp(self.path.trim().into(), self.first.clone()));
            }
            _ => {}
        }
        Outcome::default()
    }
}

impl RestoreSheet {
    pub(in crate::app) fn is_ready(&self) -> bool {
        match self.from {
            From::File => !self.path.trim().is_empty() && !self.passphrase.0.is_empty(),
            From::Phrase => !self.phrase.0.trim().is_empty(),
        }
    }

    fn update(&mut self, action: Action) -> Outcome {
        match action {
            Action::From(from) => (self.from, self.fault) = (from, None),
            Action::Path(path) => self.path = path,
            Action::First(text) => self.passphrase = text,
            Action::Typed(text) => (self.phrase, self.wrong) = (text, None),
            Action::Choose => return Outcome::doing(Command::Pick(Pick::OpenBackup)),
            Action::Restore if self.is_ready() => return self.restore(),
            _ => {}
        }
        Outcome::default()
    }

    fn restore(&mut self) -> Outcome {
        self.fault = None;
        match self.from {
            From::File => Outcome::doing(Command::Restore(self.path.trim().into(), self.passphrase.clone())),
            From::Phrase => match phrase::read(&self.phrase.0) {
                Ok(_) => Outcome::doing(Command::RestorePhrase(self.phrase.clone())),
                Err(wrong) => {
                    self.wrong = Some(wrong);
                    Outcome::default()
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use zeroize::Zeroizing;

    use super::*;
    use crate::identity::Seed;

    fn text(text: &str) -> Passphrase {
        Passphrase(Zeroizing::new(text.to_owned()))
    }

    fn words() -> Words {
        let seed = Seed::from_bytes(Zeroizing::new([0; 32]));
        let of = |list| Phrase::of(&seed, list);
        Words { english: of(WordList::English), chinese: of(WordList::Chinese), asked: [0, 8, 23] }
    }

    #[test]
    fn the_words_that_are_asked_are_different_ones() {
        for random in [[0; 3], [255; 3], [7, 8, 9]] {
            let places = places(random);
            assert!(places[0] < places[1] && places[1] < places[2] && places[2] < WORDS, "{places:?}");
        }
    }

    #[test]
    fn a_phrase_counts_as_kept_once_three_words_were_typed_again() {
        let mut model = Model::of_words(words(), WordList::English);
        assert_eq!(model.update(Action::Compare), Outcome::default());
        model.update(Action::Show(true));
        model.update(Action::Written);
        for (at, word) in [(0, "abandon"), (1, " Abandon "), (2, "vote")] {
            model.update(Action::Word(at, text(word)));
        }
        assert!(!model.update(Action::Compare).is_kept);
        let Model::Phrase(sheet) = &model else { panic!("the phrase") };
        assert!(sheet.differs && !sheet.shown, "and the words are hidden again");
        model.update(Action::Word(2, text("art")));
        assert_eq!(model.update(Action::Compare), Outcome { close: true, is_kept: true, command: None });
        let told = format!("{model:?}");
        assert!(!told.contains("abandon") && !told.contains("art\""), "{told}");
    }

    #[test]
    fn a_backup_needs_a_place_and_one_passphrase_twice() {
        let mut model = Model::new(Sheet::Save, Path::new("/home/lin"));
        for (action, ready) in [
            (Action::First(text("春风")), false),
            (Action::Second(text("冬风")), false),
            (Action::Second(text("春风")), true),
            (Action::Path(" ".to_owned()), false),
            (Action::Path("/media/stick/my.hongbao-backup ".to_owned()), true),
        ] {
            model.update(action.clone());
            assert_eq!(model.update(Action::Save).command.is_some(), ready, "{action:?}");
        }
        let wanted = Command::BackUp("/media/stick/my.hongbao-backup".into(), text("春风"));
        assert_eq!(model.update(Action::Save).command, Some(wanted));
        assert!(!format!("{model:?}").contains("春风"), "{model:?}");
    }

    #[test]
    fn a_phrase_is_read_before_anything_is_asked_for() {
        let mut model = Model::new(Sheet::Restore, Path::new("/"));
        model.update(Action::From(From::Phrase));
        model.update(Action::Typed(text("abandon abandom")));
        assert_eq!(model.update(Action::Restore), Outcome::default());
        let Model::Restore(sheet) = &model else { panic!("the way back") };
        let wrong = PhraseError::Unknown { place: 2, word: "abandom".to_owned(), suggestion: Some("abandon") };
        assert_eq!(sheet.wrong, Some(wrong));
        let whole: String = words().chinese.words().collect();
        model.update(Action::Typed(text(&whole)));
        assert_eq!(model.update(Action::Restore).command, Some(Command::RestorePhrase(text(&whole))));
    }
}
