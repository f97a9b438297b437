//! What was verified lately: packets with the forwardings by which they came. A packet that is passed around is told of by
//! everybody who opens it, each time with the same signed texts, and they are verified strictly once and not each time.
//!
//! Only what passed is remembered, by the digest of every byte of it, with the one origin and the keys that a server has as
//! long as it runs. So whoever makes up many chains only makes others be verified again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::api::notice::{Carried, NoticeRequest};
use crate::jose::Digest;

/// How many bytes of signed texts each of the two generations may have; what is made of them takes about thrice as much.
const MOST_BYTES: usize = 1024 * 1024;

/// What was verified lately, bounded in memory.
#[derive(Debug, Default)]
pub(super) struct Genuine(Mutex<Generations>);

/// When the young are too many, they become the old, and the old are forgotten; whoever is asked for is young again.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Digest, Known>,
    old: HashMap<Digest, Known>,
    young_bytes: usize,
}

#[derive(Debug, Clone)]
struct Known {
    carried: Arc<Carried>,
    bytes: usize,
}

/// By what it is known: each byte of what is verified, and nothing else.
pub(super) fn name(request: &NoticeRequest) -> Option<Digest> {
    // JSON keeps the texts apart, whatever is in them.
    serde_json::to_vec(&(&request.packet, &request.hops)).ok().map(|texts| Digest::of(&texts))
}

impl Genuine {
    /// What passed under this name.
    pub(super) fn find(&self, name: &Digest) -> Option<Arc<Carried>> {
        let mut all = self.all();
        if let Some(known) = all.young.get(name) {
            return Some(known.carried.clone());
        }
        let known = all.old.remove(name)?;
        let carried = known.carried.clone();
        all.keep(*name, known);
        Some(carried)
    }

    /// Remembers what passed.
    pub(super) fn keep(&self, name: Digest, carried: &Arc<Carried>) {
        let hops: usize = carried.hops.iter().map(|hop| hop.jws.as_str().len()).sum();
        let bytes = carried.packet.jws.as_str().len() + hops;
        self.all().keep(name, Known { carried: carried.clone(), bytes });
    }

    fn all(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, name: Digest, known: Known) {
        if self.young_bytes + known.bytes > MOST_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += known.bytes;
        if let Some(before) = self.young.insert(name, known) {
            self.young_bytes -= before.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::packet::PacketFile;

    fn request(packet: &str, hops: &[&str]) -> NoticeRequest {
        let hops = hops.iter().map(|&hop| hop.to_owned()).collect();
        NoticeRequest { packet: packet.to_owned(), hops, notice: String::new() }
    }

    #[test]
    fn other_texts_have_other_names() {
        let all = [
            request("a", &[]),
            request("a", &["b"]),
            request("a", &["b", "c"]),
            request("a", &["bc"]),
            request("ab", &[]),
            request("a\",[\"b", &[]),
            request("", &["a"]),
        ];
        let names: std::collections::BTreeSet<_> = all.iter().map(|it| name(it).unwrap()).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let file = include_bytes!("../../tests/vectors/packets/hop-note.hongbao");
        let file = PacketFile::read(file).unwrap();
        let carried = Arc::new(Carried::new(file.packet, file.hops));
        let genuine = Genuine::default();
        let often = Digest::of(b"often");
        genuine.keep(often, &carried);
        for n in 0..10_000_u32 {
            genuine.keep(Digest::of(&n.to_be_bytes()), &carried);
            assert!(genuine.find(&often).is_some(), "{n}");
        }
        assert!(genuine.find(&Digest::of(&0_u32.to_be_bytes())).is_none(), "long not asked for");
        assert!(genuine.find(&Digest::of(&9_999_u32.to_be_bytes())).is_some());
        let all = genuine.all();
        let bytes: usize = all.young.values().chain(all.old.values()).map(|known| known.bytes).sum();
        assert!(
            bytes <= 2 * MOST_BYTES && all.young.values().map(|known| known.bytes).sum::<usize>() == all.young_bytes
        );
    }
}
