//! Secrets stay where they belong: the whole story is lived with servers that log all they can, and then every log, database
//! and file is searched for them, in each way that bytes are spelled.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use hongbao::identity::phrase;
use hongbao::jose::{SigningKey, from_base64url, to_base64, to_base64url};
use hongbao::party::secrets::Root;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::world::{Server, Terms, Wallet, World};

const PASSPHRASE: &str = "canary in a coal mine 7f3a";

/// What must not be found, and where it may be all the same.
struct Secret {
    name: String,
    spellings: Vec<Vec<u8>>,
    /// Where it belongs, as parts of a path.
    at_home: &'static [&'static str],
}

impl Secret {
    fn bytes(name: impl Into<String>, bytes: &[u8], at_home: &'static [&'static str]) -> Self {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
        let spellings = [
            bytes.to_vec(),
            bytes.escape_ascii().to_string().into_bytes(),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
            to_base64url(bytes).into_bytes(),
            to_base64(bytes).trim_end_matches('=').as_bytes().to_vec(),
            numbers.join(", ").into_bytes(),
            numbers.join(",").into_bytes(),
        ];
        Self { name: name.into(), spellings: spellings.into(), at_home }
    }

    fn text(name: &str, text: &str, at_home: &'static [&'static str]) -> Self {
        Self::bytes(name, text.as_bytes(), at_home)
    }
}

/// Every spelling of every secret, found in one pass.
struct Search<'a> {
    secrets: &'a [Secret],
    /// By the first bytes of a spelling.
    begins: HashMap<[u8; 8], Vec<(&'a Secret, &'a [u8])>>,
    first_two: Vec<bool>,
}

impl<'a> Search<'a> {
    fn of(secrets: &'a [Secret]) -> Self {
        let mut search = Self { secrets, begins: HashMap::new(), first_two: vec![false; 1 << 16] };
        for secret in secrets {
            for spelling in &secret.spellings {
                let begin = *spelling.first_chunk::<8>().expect("a secret that is long enough to be found");
                search.first_two[usize::from(u16::from_be_bytes([begin[0], begin[1]]))] = true;
                search.begins.entry(begin).or_default().push((secret, spelling));
            }
        }
        search
    }

    /// The secrets in a file.
    fn found(&self, file: &Path) -> BTreeSet<&'a str> {
        let bytes = std::fs::read(file).unwrap();
        let mut found = BTreeSet::new();
        for (at, begin) in bytes.windows(8).enumerate() {
            if !self.first_two[usize::from(u16::from_be_bytes([begin[0], begin[1]]))] {
                continue;
            }
            let here = self.begins.get(begin).into_iter().flatten();
            found.extend(here.filter(|(_, it)| bytes[at..].starts_with(it)).map(|(secret, _)| secret.name.as_str()));
        }
        found
    }

    fn is_at_home(&self, name: &str, file: &Path) -> bool {
        let secret = self.secrets.iter().find(|secret| secret.name == name).unwrap();
        secret.at_home.iter().any(|part| file.display().to_string().contains(part))
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.is_file())
        .collect()
}

/// A server's keys, and what it makes of them.
fn of_server(server: &Server, label: &str, purposes: &[&str]) -> Vec<Secret> {
    let at = |name: &str| std::fs::read_to_string(server.dir().join(name)).unwrap().trim().to_owned();
    let (key, token) = (from_base64url(&at("signing.key")).unwrap(), from_base64url(&at("admin.token")).unwrap());
    let name = server.dir().file_name().unwrap().display().to_string();
    let root = Root::of(&SigningKey::from_secret(&Zeroizing::new(key.as_slice().try_into().unwrap())), label);
    let made = purposes.iter().map(|purpose| Secret::bytes(format!("{name}: {purpose}"), &*root.derive(purpose), &[]));
    let mut secrets: Vec<Secret> = made.collect();
    secrets.push(Secret::bytes(format!("{name}: signing key"), &key, &["signing.key"]));
    secrets.push(Secret::bytes(format!("{name}: admin token"), &token, &["admin.token"]));
    secrets
}

/// A wallet's seed, all that is made of it, and the words for it.
fn of_wallet(wallet: &Wallet) -> Vec<Secret> {
    let said = wallet.run(&["backup", "phrase", "--words", "en"]);
    let words: Vec<&str> = said["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let seed = phrase::read(&words.join(" ")).unwrap();
    let key = hkdf::Hkdf::<sha2::Sha256>::new(None, seed.expose());
    let made = ["hongbao/1 signing", "hongbao/1 sealing", "hongbao/1 naming"].map(|purpose| {
        let mut bytes = [0; 32];
        key.expand(purpose.as_bytes(), &mut bytes).unwrap();
        Secret::bytes(purpose, &bytes, &[])
    });
    let mut secrets = Vec::from(made);
    secrets.push(Secret::bytes("seed", seed.expose(), &[]));
    secrets.push(Secret::text("recovery phrase", &words[..6].join(" "), &[]));
    secrets
}

#[test]
fn no_secret_is_in_a_log_a_database_or_a_file_where_it_does_not_belong() {
    let world = World::with_whole_log();
    let (ming, hao) = (world.bare_wallet("ming"), world.wallet("hao"));
    std::fs::write(ming.dir.with_extension("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
    ming.run(&["issuer", "add", &world.enterprise.url]);
    ming.run(&["bank", "add", &world.issuing.url]);
    ming.run(&["bank", "add", &world.collecting.url]);

    // Money: an account with its one-time code, a wrong code first; opened, collected, forwarded, rewarded.
    let document = "CANARY5512";
    let opened = world.collecting.run(&["account", "open", "--holder", "明", "--identity", document]);
    let (account, code) = (opened["account"].as_str().unwrap(), opened["code"].as_str().unwrap());
    assert_eq!(ming.refused(&["account", "link", account, "--code", "AAAAAAAA"])["type"], "wrong-code");
    ming.run(&["account", "link", account, "--code", code]);
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    ming.run(&["open", &id]);
    assert_eq!(ming.run(&["collect", &id, "--account", account, "--wait", "30"])["state"], "paid");
    world.hand_over(&id, &ming, &hao);
    hao.run(&["open", &id]);
    ming.wait_for_rewards(1);

    // Goods with their code; a draw, whose seed nobody knows before its end; a backup, and the way back from it.
    let goods = world.tea(&[]);
    let tea = world.issue_to(&goods, &ming);
    ming.run(&["open", &tea]);
    let goods_code = ming.run(&["collect", &tea, "--wait", "10"])["code"].as_str().unwrap().to_owned();
    assert_eq!(world.enterprise.refused(&["redeem", "0000-0000-0000-0000-0000-0000-0000"])["type"], "unknown-code");
    let lucky = world.campaign(&Terms { shares: 3, mode: "lucky", ..Terms::default() });
    world.issue_to(&lucky, &ming);
    let backup = world.path("ming.hongbao-backup");
    ming.run(&["backup", "save", backup.to_str().unwrap()]);
    let again = world.bare_wallet("again");
    std::fs::copy(ming.dir.with_extension("passphrase"), again.dir.with_extension("passphrase")).unwrap();
    again.run(&["restore", backup.to_str().unwrap()]);
    // A restart and an audit write and read everything once more.
    world.issuing.restart();
    world.audit();

    let mut secrets = of_wallet(&ming);
    secrets.push(Secret::text("passphrase", PASSPHRASE, &[".passphrase"]));
    let bank = ["hongbao/1 holder", "hongbao/1 link code", "hongbao/1 seed of a draw"];
    secrets.extend(of_server(&world.issuing, "hongbao/1 secrets of a bank", &bank));
    secrets.extend(of_server(&world.collecting, "hongbao/1 secrets of a bank", &bank));
    secrets.extend(of_server(&world.enterprise, "hongbao/1 secrets of an enterprise", &["hongbao/1 goods code"]));
    secrets.push(Secret::text("one-time code of an account", code, &[]));
    // What one side may keep and no other: the wallet its codes and account, the bank its customer.
    secrets.push(Secret::text("code for goods", &goods_code, &["/ming/", "/again/"]));
    secrets.push(Secret::text("code for goods, bare", &goods_code.replace('-', ""), &["/ming/", "/again/"]));
    secrets.push(Secret::text("account number", account, &["/ming/", "/again/", "/collecting/"]));
    secrets.push(Secret::text("identity document", document, &["/collecting/"]));

    let search = Search::of(&secrets);
    let (mut astray, mut at_home) = (Vec::new(), BTreeSet::new());
    let searched = files(world.path("").as_path());
    for file in &searched {
        for name in search.found(file) {
            if search.is_at_home(name, file) {
                at_home.insert(name);
            } else {
                astray.push(format!("{name} in {}", file.display()));
            }
        }
    }
    assert!(astray.is_empty(), "{astray:#?}");
    // The search finds what there is to find, and searched what there is to search.
    let elsewhere = std::env::var_os("HONGBAO_TEST_DATABASE").map_or("", |_| "identity document");
    for (secret, name) in secrets.iter().map(|secret| (secret, secret.name.as_str())) {
        let has_home = !secret.at_home.is_empty() && !["code for goods, bare", elsewhere].contains(&name);
        assert_eq!(at_home.contains(name), has_home, "{name}");
    }
    for server in [&world.enterprise, &world.issuing, &world.collecting] {
        assert!(searched.contains(&server.log_file()));
        let log = std::fs::read_to_string(server.log_file()).unwrap();
        assert!(log.contains(" TRACE ") && log.contains("hyper"), "{}: {} bytes", server.url, log.len());
    }
    let shown: Value = json!(world.enterprise.run(&["stats"]));
    assert!(!shown.to_string().contains(account));
}
