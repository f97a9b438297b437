//! What a wallet's own process still holds of its secrets once its work is done. The real command is stopped where it answers, by a
//! pipe that is full, and its memory is searched: stack, heap and all. Linux only, as it reads `/proc`.
#![cfg(target_os = "linux")]

use std::io::{PipeReader, Read as _, Seek as _, SeekFrom, Write as _, pipe};
use std::process::{Child, Stdio};
use std::time::Duration;

use hongbao::identity::{Seed, phrase};
use serde_json::Value;

use crate::shapes::{definition, fits};
use crate::world::{Wallet, World, eventually};

/// What Linux holds of a pipe before whoever writes must wait.
const PIPE: usize = 64 * 1024;
/// Memory in which there is nothing is passed over by so many bytes.
const PAGE: usize = 4096;
/// Most of one mapping that is read, in bytes.
const MOST: u64 = 256 << 20;

/// Long enough that nothing else in a process looks like it.
const PASSPHRASE: &str = "canary in a coal mine 41c9 passphrase";

/// A secret, each way in which it could lie in memory, and how often it may: keys that are still in use are there once.
struct Secret {
    name: &'static str,
    spellings: Vec<Vec<u8>>,
    may: usize,
}

/// A command that has done its work and waits for somebody to read its answer.
struct Stopped {
    child: Child,
    answer: PipeReader,
}

impl Stopped {
    fn at_its_answer(wallet: &Wallet, args: &[&str], input: Option<&str>) -> Self {
        let (answer, mut full) = pipe().unwrap();
        full.write_all(&vec![b' '; PIPE]).unwrap();
        let mut command = wallet.command(args);
        command.stdout(full).stderr(Stdio::inherit());
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            stdin.write_all(input.as_bytes()).unwrap();
        }
        let id = child.id();
        eventually("it waits to be read", || {
            // The first number is that of the call, the second its first argument: writing to standard output.
            let call = std::fs::read_to_string(format!("/proc/{id}/syscall")).unwrap();
            let write = if cfg!(target_arch = "aarch64") { "64 0x1 " } else { "1 0x1 " };
            call.starts_with(write).then_some(())
        });
        // Threads that wipe what they held have their moment.
        std::thread::park_timeout(Duration::from_millis(200));
        Self { child, answer }
    }

    /// The names of what is found more often than it may be, with where.
    fn search(&self, secrets: &[Secret]) -> Vec<String> {
        let process = format!("/proc/{}", self.child.id());
        let mut memory = std::fs::File::open(format!("{process}/mem")).unwrap();
        let (mut found, mut searched) = (vec![Vec::new(); secrets.len()], 0);
        let mappings = std::fs::read_to_string(format!("{process}/maps")).unwrap();
        for mapping in mappings.lines() {
            let mut parts = mapping.split_whitespace();
            let (range, access) = (parts.next().unwrap(), parts.next().unwrap());
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|end| u64::from_str_radix(end, 16).unwrap());
            // What cannot be written holds nothing that was computed.
            if !access.starts_with("rw") || to - from > MOST {
                continue;
            }
            let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
            memory.seek(SeekFrom::Start(from)).unwrap();
            if memory.read_exact(&mut bytes).is_err() {
                continue;
            }
            searched += bytes.len();
            let place = parts.nth(3).unwrap_or("nameless");
            for (secret, found) in secrets.iter().zip(&mut found) {
                found.extend(std::iter::repeat_n(place, secret.count_in(&bytes)));
            }
        }
        assert!(searched > 1 << 20, "{searched} bytes were searched");
        let left = secrets.iter().zip(found).filter(|(secret, found)| found.len() > secret.may);
        left.map(|(secret, found)| format!("{} in {}", secret.name, found.join(", "))).collect()
    }

    fn answer(mut self, args: &[&str]) -> Value {
        let mut text = Vec::new();
        self.answer.read_to_end(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success());
        fits(&definition("", args), &text[PIPE..])
    }
}

impl Secret {
    fn of(name: &'static str, bytes: &[u8], may: usize) -> Self {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let spellings = vec![bytes.to_vec(), hex.into_bytes(), hongbao::jose::to_base64url(bytes).into_bytes()];
        Self { name, spellings, may }
    }

    fn count_in(&self, memory: &[u8]) -> usize {
        let zeros = [0; PAGE];
        let pages = memory.chunks(PAGE).enumerate().filter(|(_, page)| **page != zeros[..page.len()]);
        let at = |(number, page): (usize, &[u8])| {
            let is_here = |at: usize| self.spellings.iter().any(|spelling| memory[at..].starts_with(spelling));
            (number * PAGE..number * PAGE + page.len()).filter(|at| is_here(*at)).count()
        };
        pages.map(at).sum()
    }
}

/// The seed, and what is made of it.
fn secrets_of(wallet: &Wallet) -> Vec<Secret> {
    let seed = seed_of(wallet);
    let key = hkdf::Hkdf::<sha2::Sha256>::new(None, seed.expose());
    let made = ["hongbao/1 signing", "hongbao/1 sealing", "hongbao/1 naming"].map(|purpose| {
        let mut bytes = [0; 32];
        key.expand(purpose.as_bytes(), &mut bytes).unwrap();
        Secret::of(purpose, &bytes, 1)
    });
    let mut secrets = Vec::from(made);
    secrets.push(Secret::of("the seed", seed.expose(), 0));
    secrets.push(Secret::of("the passphrase", PASSPHRASE.as_bytes(), 0));
    secrets
}

fn words_of(wallet: &Wallet) -> String {
    let said = wallet.run(&["backup", "phrase", "--words", "en"]);
    said["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

fn seed_of(wallet: &Wallet) -> Seed {
    phrase::read(&words_of(wallet)).unwrap()
}

fn wallet(world: &World, name: &str) -> Wallet {
    let wallet = world.bare_wallet(name);
    std::fs::write(wallet.dir.with_extension("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
    wallet
}

#[test]
fn what_a_command_knew_of_secrets_is_gone_from_its_memory_when_it_answers() {
    let world = World::new();
    let ming = wallet(&world, "ming");
    ming.run(&["identity"]);
    let secrets = secrets_of(&ming);
    let backup = world.path("ming.hongbao-backup");
    let (backup, words) = (backup.to_str().unwrap(), words_of(&ming));
    ming.run(&["issuer", "add", &world.enterprise.url]);
    let mut left = Vec::new();
    let again = wallet(&world, "again");
    let by_phrase = wallet(&world, "by-phrase");
    let commands: [(&Wallet, &[&str], Option<&str>); 5] = [
        (&ming, &["identity"], None),
        (&ming, &["sync"], None),
        (&ming, &["backup", "save", backup], None),
        (&again, &["restore", backup], None),
        (&by_phrase, &["restore", "--phrase"], Some(&words)),
    ];
    for (wallet, args, input) in commands {
        let stopped = Stopped::at_its_answer(wallet, args, input);
        left.extend(stopped.search(&secrets).into_iter().map(|found| format!("{}: {found}", args.join(" "))));
        stopped.answer(args);
    }
    assert!(left.is_empty(), "{left:#?}");
}

/// The search finds what is there: a phrase that is about to be shown.
#[test]
fn what_is_shown_is_in_memory_and_would_be_found() {
    let world = World::new();
    let ming = wallet(&world, "ming");
    let words = words_of(&ming);
    let args = ["backup", "phrase", "--words", "en"];
    let shown = Secret { name: "the phrase", spellings: vec![words.replace(' ', "\",\"").into_bytes()], may: 0 };
    let stopped = Stopped::at_its_answer(&ming, &args, None);
    assert!(!stopped.search(&[shown]).is_empty());
    stopped.answer(&args);
}
