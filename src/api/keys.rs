//! How a party changes its keys: each change is a signed message from one set of keys to the next, made by a key of the set
//! before. Whoever pinned a set follows the changes from there to what the party shows now, and believes nothing else.
//!
//! A key that has left never comes back, so no two sets are the same: an older list leads nowhere from a newer one, and of
//! two lists that part from each other only the one made by a key that is still believed goes on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::discovery::Discovery;
use crate::jose::{ClientId, Jws, JwsError, KeySet, PublicKey, SigningKey, Typ};
use crate::packet::Origin;

/// Most changes that a party shows, and a reader takes.
pub const MAX_CHANGES: usize = 64;
/// Most keys that are in use at once.
pub const MAX_CURRENT: usize = 8;
/// Most keys that are out of use and still believed for what they signed.
pub const MAX_RETIRED: usize = 24;

/// The claims of `hongbao-keys+jwt`, by the party whose keys they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysClaims {
    /// The party.
    pub iss: Origin,
    /// When it was signed.
    pub iat: i64,
    /// The thumbprints of the keys in use before; one of them signs.
    pub before: Vec<ClientId>,
    /// The keys in use from now on.
    pub keys: Vec<PublicKey>,
    /// Out of use: what they signed stays believed, and they can change nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<PublicKey>,
}

/// Why another set of keys is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Nothing leads from the keys that are known to those: another's keys, an older list, or one that parted from ours.
    #[error("its keys are others than those that are known, and no signed change leads from these to those")]
    NotContinued,
    /// A change is not what its party may sign.
    #[error("its list of keys is not in order")]
    Disorder,
}

impl From<JwsError> for KeysError {
    fn from(_: JwsError) -> Self {
        Self::Disorder
    }
}

/// A party's keys, as far as one has followed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct KnownKeys {
    /// In use: they sign requests, and changes.
    pub current: Vec<PublicKey>,
    /// Out of use, and believed for what they signed.
    pub retired: Vec<PublicKey>,
    /// No longer believed, as when one was stolen; kept because the books hold what they signed.
    pub dropped: Vec<PublicKey>,
}

/// As it is kept: the bare list as long as nothing has ever changed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    First(Vec<PublicKey>),
    Changed {
        keys: Vec<PublicKey>,
        #[serde(default)]
        retired: Vec<PublicKey>,
        #[serde(default)]
        dropped: Vec<PublicKey>,
    },
}

impl From<Kept> for KnownKeys {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::First(current) => Self { current, ..Self::default() },
            Kept::Changed { keys, retired, dropped } => Self { current: keys, retired, dropped },
        }
    }
}

impl From<KnownKeys> for Kept {
    fn from(known: KnownKeys) -> Self {
        if known.retired.is_empty() && known.dropped.is_empty() {
            return Self::First(known.current);
        }
        Self::Changed { keys: known.current, retired: known.retired, dropped: known.dropped }
    }
}

impl KnownKeys {
    /// The keys of a party that one meets for the first time.
    #[must_use]
    pub fn of(document: &Discovery) -> Self {
        let last = document.changes.last().and_then(|change| Change::read(change, &document.origin).ok());
        let retired = last.map(|change| change.claims.retired).unwrap_or_default();
        Self { current: document.keys.clone(), retired, dropped: Vec::new() }
    }

    /// Those whose signatures are believed.
    #[must_use]
    pub fn believed(&self) -> KeySet {
        KeySet { keys: self.current.iter().chain(&self.retired).cloned().collect() }
    }

    /// Those that may ask for something.
    #[must_use]
    pub fn current(&self) -> KeySet {
        KeySet { keys: self.current.clone() }
    }

    /// All that ever signed, for books that hold what they signed.
    #[must_use]
    pub fn ever(&self) -> KeySet {
        let all = self.current.iter().chain(&self.retired).chain(&self.dropped);
        KeySet { keys: all.cloned().collect() }
    }

    /// Follows the party's changes to the keys that it shows now; none when they are those that are known.
    ///
    /// # Errors
    /// [`KeysError`]; nothing of what was known changes then.
    pub fn follow(&self, document: &Discovery) -> Result<Option<Self>, KeysError> {
        if named(&self.current) == named(&document.keys) {
            return Ok(None);
        }
        let changes = document.changes.iter().map(|change| Change::read(change, &document.origin));
        let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
        let known = named(&self.current);
        let from = changes.iter().position(|change| change.before() == known).ok_or(KeysError::NotContinued)?;
        let mut now = self.clone();
        for change in changes.get(from..).unwrap_or_default() {
            now = now.after(change)?;
        }
        if named(&now.current) == named(&document.keys) { Ok(Some(now)) } else { Err(KeysError::Disorder) }
    }

    /// The keys after one change.
    fn after(&self, change: &Change) -> Result<Self, KeysError> {
        if change.before() != named(&self.current) {
            return Err(KeysError::Disorder);
        }
        let signer = self.current().find(&change.jws.signer()).cloned().ok_or(KeysError::NotContinued)?;
        change.jws.verify(&signer).map_err(|_| KeysError::NotContinued)?;
        let KeysClaims { keys, retired, .. } = &change.claims;
        let (next, out, mine) = (named(keys), named(retired), named(&self.current));
        let dropped = named(&self.dropped);
        let returns =
            !named(&self.retired).is_disjoint(&next) || !dropped.is_disjoint(&next) || !dropped.is_disjoint(&out);
        if returns || !out.is_disjoint(&next) || next == mine {
            return Err(KeysError::Disorder);
        }
        let left = self.ever().keys.into_iter().filter(|key| {
            let name = key.thumbprint();
            !next.contains(&name) && !out.contains(&name)
        });
        Ok(Self { current: keys.clone(), retired: retired.clone(), dropped: left.collect() })
    }

    /// The signed change from these keys to others, by `signer`, which is one of them; and the keys then.
    ///
    /// # Errors
    /// [`KeysError`] when nobody who knows these keys would follow it.
    pub fn change(
        &self,
        (iss, signer): (&Origin, &SigningKey),
        keys: Vec<PublicKey>,
        retired: Vec<PublicKey>,
        iat: i64,
    ) -> Result<(Jws, Self), KeysError> {
        let before = self.current.iter().map(PublicKey::thumbprint).collect();
        let claims = KeysClaims { iss: iss.clone(), iat, before, keys, retired };
        let jws = Jws::sign(signer, Typ::Keys, &claims)?;
        let change = Change::read(jws.as_str(), iss)?;
        let after = self.after(&change)?;
        Ok((jws, after))
    }
}

/// A change that was read, and not yet believed.
struct Change {
    jws: Jws,
    claims: KeysClaims,
}

impl Change {
    fn read(compact: &str, party: &Origin) -> Result<Self, KeysError> {
        let jws = Jws::parse(compact, Typ::Keys)?;
        let claims: KeysClaims = jws.claims()?;
        let sizes = (1..=MAX_CURRENT).contains(&claims.keys.len()) && claims.retired.len() <= MAX_RETIRED;
        let is_whole = named(&claims.keys).len() == claims.keys.len() && !claims.before.is_empty();
        if claims.iss == *party && sizes && is_whole && claims.before.len() <= MAX_CURRENT {
            Ok(Self { jws, claims })
        } else {
            Err(KeysError::Disorder)
        }
    }

    fn before(&self) -> BTreeSet<ClientId> {
        self.claims.before.iter().copied().collect()
    }
}

fn named(keys: &[PublicKey]) -> BTreeSet<ClientId> {
    keys.iter().map(PublicKey::thumbprint).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zeroize::Zeroizing;

    use super::*;
    use crate::api::discovery::Role;

    fn key(n: u8) -> SigningKey {
        SigningKey::from_secret(&Zeroizing::new([n; 32]))
    }

    fn public(numbers: &[u8]) -> Vec<PublicKey> {
        numbers.iter().map(|n| key(*n).public()).collect()
    }

    fn shop() -> Origin {
        Origin::parse("https://shop.example").unwrap()
    }

    fn shown(keys: &[u8], changes: &[&Jws]) -> Discovery {
        Discovery {
            role: Role::Enterprise,
            origin: shop(),
            name: "Shop".into(),
            keys: public(keys),
            changes: changes.iter().map(|change| change.as_str().to_owned()).collect(),
            account_prefixes: vec![],
            members: vec![],
        }
    }

    fn pinned(keys: &[u8]) -> KnownKeys {
        KnownKeys { current: public(keys), ..KnownKeys::default() }
    }

    fn signed(by: u8, before: &[u8], keys: &[u8], retired: &[u8]) -> Jws {
        let before = public(before).iter().map(PublicKey::thumbprint).collect();
        let claims = KeysClaims { iss: shop(), iat: 1, before, keys: public(keys), retired: public(retired) };
        Jws::sign(&key(by), Typ::Keys, &claims).unwrap()
    }

    /// Key 2 comes, key 1 goes out of use; key 3 comes, and key 2 turns out to be stolen.
    fn life() -> [Jws; 4] {
        let first = pinned(&[1]);
        let (one, known) = first.change((&shop(), &key(1)), public(&[1, 2]), vec![], 1).unwrap();
        let (two, known) = known.change((&shop(), &key(2)), public(&[2]), public(&[1]), 2).unwrap();
        let (three, known) = known.change((&shop(), &key(2)), public(&[2, 3]), public(&[1]), 3).unwrap();
        let (four, known) = known.change((&shop(), &key(3)), public(&[3]), public(&[1]), 4).unwrap();
        assert_eq!((known.current, known.retired, known.dropped), (public(&[3]), public(&[1]), public(&[2])));
        [one, two, three, four]
    }

    #[test]
    fn whoever_pinned_any_set_follows_to_the_last() {
        let [one, two, three, four] = life();
        let last = shown(&[3], &[&one, &two, &three, &four]);
        for from in [&[1][..], &[1, 2], &[2], &[2, 3]] {
            let known = pinned(from).follow(&last).unwrap().unwrap();
            assert_eq!(known.current, public(&[3]), "{from:?}");
            assert!(known.believed().find(&key(2).public().thumbprint()).is_none(), "stolen");
            assert_eq!(known.follow(&last), Ok(None), "and is then where the party is");
            let back = signed(3, &[3], &[3, 4], &[1, 2]);
            let back = known.follow(&shown(&[3, 4], &[&one, &two, &three, &four, &back]));
            assert_eq!(back, Err(KeysError::Disorder), "a stolen key is not called an old one later");
        }
        let early = pinned(&[1]).follow(&shown(&[1, 2], &[&one])).unwrap().unwrap();
        assert_eq!(early.believed().keys, public(&[1, 2]), "while they overlap, both are believed");
        let later = early.follow(&last).unwrap().unwrap();
        assert_eq!(later.believed().keys, public(&[3, 1]), "what the first key signed stays believed");
        assert_eq!(later.ever().keys.len(), 3);
        let fresh = KnownKeys::of(&last);
        assert_eq!((fresh.current, fresh.retired), (public(&[3]), public(&[1])));
    }

    #[test]
    fn changed_rolled_back_and_parted_lists_are_refused() {
        let [one, two, three, four] = life();
        let known = pinned(&[1]).follow(&shown(&[3], &[&one, &two, &three, &four])).unwrap().unwrap();
        let back = |keys: &[u8], changes: &[&Jws]| known.follow(&shown(keys, changes));
        // The party of before: with the key that was stolen since, or with the first one.
        assert_eq!(back(&[2, 3], &[&one, &two, &three]), Err(KeysError::NotContinued));
        assert_eq!(back(&[2], &[&one, &two]), Err(KeysError::NotContinued));
        assert_eq!(back(&[1], &[]), Err(KeysError::NotContinued));
        // Another key without a word, or with a stranger's.
        assert_eq!(back(&[9], &[]), Err(KeysError::NotContinued));
        for thief in [9, 1, 2] {
            let parted = signed(thief, &[3], &[9], &[]);
            assert_eq!(back(&[9], &[&one, &two, &three, &four, &parted]), Err(KeysError::NotContinued), "{thief}");
        }
        // A list that parts where the stolen key was still good leads from nowhere to here.
        let parted = signed(2, &[2, 3], &[2, 9], &[]);
        assert_eq!(back(&[2, 9], &[&one, &two, &three, &parted]), Err(KeysError::NotContinued));
        // A change in the name of a key that may make it, which that key never signed.
        let [good, other] = [&[3, 4][..], &[3, 5]].map(|keys| signed(3, &[3], keys, &[1]));
        let (said, signature) = (good.as_str().rsplit_once('.').unwrap().0, other.as_str().rsplit('.').next().unwrap());
        let forged = Jws::parse(&format!("{said}.{signature}"), Typ::Keys).unwrap();
        assert_eq!(back(&[3, 4], &[&one, &two, &three, &four, &forged]), Err(KeysError::NotContinued), "unsigned");
        assert!(back(&[3, 4], &[&one, &two, &three, &four, &good]).is_ok(), "the good one");
        // What the list leads to is not what is shown.
        assert_eq!(pinned(&[1]).follow(&shown(&[9], &[&one])), Err(KeysError::Disorder));
        // A step is missing on the way.
        assert_eq!(pinned(&[1]).follow(&shown(&[2, 3], &[&one, &three])), Err(KeysError::Disorder));
    }

    #[test]
    fn a_change_says_only_what_its_party_may_say() {
        let known = pinned(&[1]).follow(&shown(&[2], &[&life()[0], &life()[1]])).unwrap().unwrap();
        let refused = |change: &Jws, keys: &[u8]| known.follow(&shown(keys, &[change])).is_err();
        assert!(!refused(&signed(2, &[2], &[2, 4], &[1]), &[2, 4]), "the good one");
        assert!(refused(&signed(2, &[2], &[1, 2], &[]), &[1, 2]), "a key that left comes back");
        assert!(refused(&signed(2, &[2], &[2, 4], &[4]), &[2, 4]), "a key in use and out of use");
        assert!(refused(&signed(2, &[2], &[4, 4], &[1]), &[4, 4]), "a key twice");
        assert!(refused(&signed(2, &[2], &[], &[1, 2]), &[]), "no key is left");
        let same = signed(2, &[2], &[2], &[]);
        let twice = known.follow(&shown(&[2, 4], &[&same, &signed(2, &[2], &[2, 4], &[])]));
        assert_eq!(twice, Err(KeysError::Disorder), "the same set twice");
        let many: Vec<u8> = (20..29).collect();
        assert!(refused(&signed(2, &[2], &many, &[]), &many), "too many");
        let elsewhere =
            KeysClaims { iss: Origin::parse("https://other.example").unwrap(), ..life()[0].claims().unwrap() };
        let elsewhere = Jws::sign(&key(1), Typ::Keys, &elsewhere).unwrap();
        assert_eq!(pinned(&[1]).follow(&shown(&[1, 2], &[&elsewhere])), Err(KeysError::Disorder), "another party's");
        let other = Jws::sign(&key(1), Typ::Receipt, &life()[0].claims::<serde_json::Value>().unwrap()).unwrap();
        assert_eq!(pinned(&[1]).follow(&shown(&[1, 2], &[&other])), Err(KeysError::Disorder), "another message");
    }

    #[test]
    fn what_never_changed_is_kept_as_a_bare_list() {
        let kept = serde_json::to_value(pinned(&[1, 2])).unwrap();
        assert!(kept.is_array(), "{kept}");
        assert_eq!(serde_json::from_value::<KnownKeys>(kept).unwrap(), pinned(&[1, 2]));
        let [one, two, three, four] = life();
        let known = pinned(&[1]).follow(&shown(&[3], &[&one, &two, &three, &four])).unwrap().unwrap();
        let kept = serde_json::to_value(&known).unwrap();
        assert_eq!(serde_json::from_value::<KnownKeys>(kept).unwrap(), known);
    }
}
