//! The forward sheet: by which way, to whom, with which words; then what became of it.

mod view;

pub(in crate::app) use self::view::view;
use crate::app::message::{Command, Data, Fault, Pick};
use crate::app::text::Language;
use crate::jose::{ClientId, Digest};
use crate::packet::text::NOTE;
use crate::wallet::{Carrier, ForwardOptions, Forwarded, Words};
use unicode_segmentation::UnicodeSegmentation as _;

/// How it is given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Way {
    File,
    Link,
    Picture,
    Friend,
}

/// What is chosen and typed in the sheet.
#[derive(Clone, Debug)]
pub(in crate::app) struct Model {
    pub(in crate::app) id: Digest,
    pub(in crate::app) way: Way,
    /// For whom; always needed to send to a friend.
    pub(in crate::app) friend: Option<ClientId>,
    pub(in crate::app) search: String,
    pub(in crate::app) note: String,
    /// Whether what an earlier forwarder said goes on with it, where nothing else is said.
    pub(in crate::app) keep: bool,
    /// Whether the link holds the whole packet, and needs no server; else it is short.
    pub(in crate::app) whole: bool,
    /// Whether the friend alone shall be able to open it.
    pub(in crate::app) seal: bool,
    pub(in crate::app) path: String,
    /// Where the picture goes.
    pub(in crate::app) picture: String,
    /// In which language the picture speaks.
    language: Language,
    /// How many rewards this packet has brought already.
    pub(in crate::app) earned: u32,
    /// What was made, once it was.
    pub(in crate::app) done: Option<Forwarded>,
    pub(in crate::app) fault: Option<Fault>,
}

/// What the person did in the sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    Way(Way),
    Friend(Option<ClientId>),
    Search(String),
    Note(String),
    Path(String),
    Choose,
    /// Whether a link holds the whole packet.
    Whole(bool),
    /// Whether an earlier forwarder's words go on with it.
    Keep(bool),
    /// Whether the friend alone shall be able to open it.
    Seal(bool),
    Send,
    /// Copy the picture.
    Copy,
}

impl Model {
    /// A sheet for this packet; where its file and its picture are suggested to go.
    pub(in crate::app) fn new(id: Digest, [path, picture]: [String; 2], language: Language, data: &Data) -> Self {
        let way = if data.friends.is_empty() { Way::File } else { Way::Friend };
        let brought = data.rewards.iter().filter(|reward| reward.reward_for.as_ref().is_some_and(|of| of.packet == id));
        let earned = u32::try_from(brought.count()).unwrap_or(u32::MAX);
        Self {
            id,
            way,
            friend: None,
            search: String::new(),
            note: String::new(),
            keep: false,
            whole: false,
            seal: false,
            path,
            picture,
            language,
            earned,
            done: None,
            fault: None,
        }
    }

    /// What an action changes, and what the worker shall do.
    pub(in crate::app) fn update(&mut self, action: Action) -> Option<Command> {
        self.fault = None;
        match action {
            Action::Way(way) => self.way = way,
            Action::Friend(friend) => self.friend = if self.friend == friend { None } else { friend },
            Action::Search(text) => self.search = text,
            Action::Note(text) => self.note = text,
            Action::Path(text) if self.way == Way::Picture => self.picture = text,
            Action::Path(text) => self.path = text,
            Action::Choose => {
                let name = self.place().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                let is_picture = self.way == Way::Picture;
                return Some(Command::Pick(if is_picture { Pick::SavePicture(name) } else { Pick::SavePacket(name) }));
            }
            Action::Whole(whole) => self.whole = whole,
            Action::Keep(keep) => self.keep = keep,
            Action::Seal(seal) => self.seal = seal,
            Action::Send => return self.is_ready().then(|| self.command()),
            Action::Copy => {
                let options = ForwardOptions { carrier: Carrier::Picture, ..self.options() };
                return self.is_said().then(|| Command::ForwardPicture(self.id, options, self.language));
            }
        }
        None
    }

    /// Where the file or the picture goes.
    pub(in crate::app) fn place(&self) -> &str {
        if self.way == Way::Picture { &self.picture } else { &self.path }
    }

    fn command(&self) -> Command {
        match self.way {
            Way::Picture => Command::ForwardPicture(self.id, self.options(), self.language),
            _ => Command::Forward(self.id, self.options()),
        }
    }

    /// How many characters of the note are left; negative when it is too long.
    pub(in crate::app) fn note_left(&self) -> i64 {
        let used = self.note.trim().graphemes(true).count();
        i64::try_from(NOTE.graphemes).unwrap_or(0) - i64::try_from(used).unwrap_or(i64::MAX)
    }

    /// Whether everything needed is there.
    pub(in crate::app) fn is_ready(&self) -> bool {
        let place = match self.way {
            Way::File | Way::Picture => !self.place().trim().is_empty(),
            Way::Link => true,
            Way::Friend => self.friend.is_some(),
        };
        place && self.is_said()
    }

    /// Whether what is said may be said.
    pub(in crate::app) fn is_said(&self) -> bool {
        let note = self.note.trim();
        note.is_empty() || NOTE.check(note).is_ok()
    }

    fn options(&self) -> ForwardOptions {
        let seal = self.seal && self.friend.is_some();
        let carrier = match self.way {
            Way::File if seal => Carrier::SaveSealed(sealed_name(self.place().trim()).into()),
            Way::File | Way::Picture => Carrier::Save(self.place().trim().into()),
            Way::Link if self.whole => Carrier::Link,
            Way::Link => Carrier::HttpsLink,
            Way::Friend if seal => Carrier::RelaySealed,
            Way::Friend => Carrier::Relay,
        };
        let note = self.note.trim();
        ForwardOptions {
            carrier,
            friend: self.friend.map(|friend| friend.to_string()),
            words: match note {
                "" if self.keep => Words::Kept,
                "" => Words::None,
                words => Words::Own(words.to_owned()),
            },
        }
    }
}

/// A sealed file says so by its name, whatever is typed.
fn sealed_name(path: &str) -> String {
    if path.ends_with(".age") { path.to_owned() } else { format!("{path}.age") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn nothing_is_sent_before_it_is_clear_to_whom_and_where() {
        let friend: ClientId = Digest::of(b"a friend").to_string().parse().unwrap();
        let mut model =
            Model::new(Digest::of(b"a packet"), <[String; 2]>::default(), Language::English, &Data::default());
        assert_eq!(model.way, Way::File);
        assert_eq!(model.update(Action::Send), None);
        model.update(Action::Path("/tmp/x.hongbao".into()));
        assert!(matches!(model.update(Action::Send), Some(Command::Forward(..))));
        model.update(Action::Way(Way::Friend));
        assert_eq!(model.update(Action::Send), None);
        model.update(Action::Friend(Some(friend)));
        model.update(Action::Note("新年好".into()));
        let Some(Command::Forward(_, options)) = model.update(Action::Send) else { panic!("it is ready") };
        assert_eq!(options.carrier, Carrier::Relay);
        assert_eq!(options.friend, Some(friend.to_string()));
        assert_eq!(options.words, Words::Own("新年好".into()));
        model.update(Action::Note("长".repeat(141)));
        assert_eq!(model.note_left(), -1);
        assert_eq!(model.update(Action::Send), None);
        assert_eq!(model.update(Action::Copy), None);
    }

    #[test]
    fn only_what_goes_to_one_friend_is_sealed() {
        let friend: ClientId = Digest::of(b"a friend").to_string().parse().unwrap();
        let places = ["/tmp/x.hongbao".to_owned(), String::new()];
        let mut model = Model::new(Digest::of(b"a packet"), places, Language::English, &Data::default());
        model.update(Action::Seal(true));
        assert_eq!(model.options().carrier, Carrier::Save("/tmp/x.hongbao".into()), "to anybody");
        model.update(Action::Friend(Some(friend)));
        assert_eq!(model.options().carrier, Carrier::SaveSealed("/tmp/x.hongbao.age".into()));
        model.update(Action::Path("/tmp/y.hongbao.age".into()));
        assert_eq!(model.options().carrier, Carrier::SaveSealed("/tmp/y.hongbao.age".into()));
        model.update(Action::Way(Way::Friend));
        assert_eq!(model.options().carrier, Carrier::RelaySealed);
        model.update(Action::Way(Way::Link));
        assert_eq!(model.options().carrier, Carrier::HttpsLink, "links are for those who have them");
    }

    #[test]
    fn a_link_is_short_unless_it_shall_hold_everything_and_words_are_kept_unless_there_are_new_ones() {
        let mut model =
            Model::new(Digest::of(b"a packet"), <[String; 2]>::default(), Language::English, &Data::default());
        model.update(Action::Way(Way::Link));
        assert_eq!((model.options().carrier, model.options().words), (Carrier::HttpsLink, Words::None));
        model.update(Action::Whole(true));
        model.update(Action::Keep(true));
        assert_eq!((model.options().carrier, model.options().words), (Carrier::Link, Words::Kept));
        model.update(Action::Note("新年好".into()));
        assert_eq!(model.options().words, Words::Own("新年好".into()));
        model.update(Action::Way(Way::Picture));
        let Some(Command::ForwardPicture(_, options, _)) = model.update(Action::Copy) else { panic!("it is ready") };
        assert_eq!(options.carrier, Carrier::Picture, "copying needs no place");
    }
}
