//! Makes packet files piece by piece from fixed secrets, also broken ones, without the program's own writers: what is
//! made here is what another implementation might make. Deterministic, so that files on disk can be compared.

use hongbao::jose::{Digest, SigningKey, to_base64, to_base64url};
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub const SHOP: &str = "https://shop.example";
pub const BANK: &str = "https://bank.example";
pub const OTHER_BANK: &str = "https://other-bank.example";
/// The first day of the year of the horse, 00:00 UTC.
pub const NOW: i64 = 1_771_286_400;

/// The key whose secret is 32 times the same byte.
pub fn key(secret: u8) -> SigningKey {
    SigningKey::from_secret(&Zeroizing::new([secret; 32]))
}

pub fn shop_key() -> SigningKey {
    key(1)
}

pub fn bank_key() -> SigningKey {
    key(2)
}

pub fn other_bank_key() -> SigningKey {
    key(3)
}

/// A key that nobody knows.
pub fn stranger_key() -> SigningKey {
    key(4)
}

/// The clients, from 0 up.
pub fn client(n: u8) -> SigningKey {
    key(0x40 + n)
}

pub fn id_of(client: &SigningKey) -> String {
    client.public().thumbprint().to_string()
}

pub fn digest(compact: &str) -> String {
    Digest::of(compact.as_bytes()).to_string()
}

/// JSON with sorted members: the same bytes whatever features `serde_json` is built with.
pub fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            let members: Vec<_> = names
                .into_iter()
                .map(|(name, item)| format!("{}:{}", Value::from(name.as_str()), sorted(item)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// A compact JWS of any header and payload.
pub fn raw_jws(key: &SigningKey, header: &str, payload: &[u8]) -> String {
    let signed = format!("{}.{}", to_base64url(header.as_bytes()), to_base64url(payload));
    format!("{signed}.{}", to_base64url(&key.sign(signed.as_bytes())))
}

pub fn party_header(key: &SigningKey, typ: &str) -> Value {
    json!({"alg": "EdDSA", "typ": typ, "kid": id_of(key)})
}

pub fn client_header(key: &SigningKey, typ: &str) -> Value {
    let x = to_base64url(key.public().as_bytes());
    json!({"alg": "EdDSA", "typ": typ, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}})
}

pub fn jws(key: &SigningKey, header: &Value, claims: &Value) -> String {
    raw_jws(key, &sorted(header), sorted(claims).as_bytes())
}

/// Sets a member by its path, such as `contents.amount.minor`.
pub fn set(tree: &mut Value, path: &str, value: Value) {
    *path.split('.').fold(tree, |at, name| &mut at[name]) = value;
}

/// What is about to be signed.
#[derive(Clone)]
pub struct Draft {
    pub packet: Value,
    pub packet_key: SigningKey,
    pub packet_header: Value,
    pub voucher: Option<Value>,
    pub voucher_key: SigningKey,
    pub voucher_header: Value,
}

impl Draft {
    /// A single gift of 88.00 CNY.
    pub fn gift() -> Self {
        let packet = json!({
            "iss": SHOP, "jti": "019c68e5-8c00-7000-8000-000000000001", "iat": NOW, "nbf": NOW, "exp": NOW + 15 * 86400,
            "campaign": "spring-2026",
            "envelope": {"title": "Example Tea Company", "greeting": "恭喜发财", "serial": 1},
            "contents": {
                "kind": "bank", "bank": BANK, "amount": {"minor": 8800, "currency": "CNY"}, "mode": "each", "shares": 1,
                "revocable": false
            }
        });
        let voucher = json!({
            "iss": BANK, "iat": NOW, "number": "V-2026-000001", "frozen": {"minor": 8800, "currency": "CNY"},
            "applicant": {"origin": SHOP, "name": "Example Tea Company Ltd"}
        });
        Self {
            packet,
            packet_header: party_header(&shop_key(), "hongbao+jwt"),
            packet_key: shop_key(),
            voucher: Some(voucher),
            voucher_header: party_header(&bank_key(), "hongbao-voucher+jwt"),
            voucher_key: bank_key(),
        }
    }

    /// A gift that may be forwarded.
    pub fn forwardable(max_hops: u32) -> Self {
        Self::gift().with("forward", json!({"placement": "both", "max_hops": max_hops}))
    }

    /// A forwardable gift for client 0.
    pub fn addressed() -> Self {
        Self::forwardable(4).with("cnf", json!({"jkt": id_of(&client(0))}))
    }

    /// Two boxes of tea.
    pub fn goods() -> Self {
        let contents = json!({
            "kind": "goods", "item": "明前龙井", "quantity": 2, "unit": "盒", "merchant": "Example Tea Company",
            "terms": "One per person.", "redeem": "Show the code at any shop.", "mode": "each", "shares": 100,
            "value": {"minor": 16800, "currency": "CNY"}
        });
        Self { voucher: None, ..Self::gift().with("contents", contents) }
    }

    pub fn with(mut self, path: &str, value: Value) -> Self {
        set(&mut self.packet, path, value);
        self
    }

    pub fn voucher_with(mut self, path: &str, value: Value) -> Self {
        set(self.voucher.as_mut().unwrap(), path, value);
        self
    }

    pub fn header_with(mut self, path: &str, value: Value) -> Self {
        set(&mut self.packet_header, path, value);
        self
    }

    pub fn signed_by(mut self, key: SigningKey) -> Self {
        self.packet_header["kid"] = id_of(&key).into();
        self.packet_key = key;
        self
    }

    pub fn vouched_by(mut self, key: SigningKey) -> Self {
        self.voucher_header["kid"] = id_of(&key).into();
        self.voucher_key = key;
        self
    }

    pub fn seal(&self) -> Outer {
        self.seal_as(jws(&self.packet_key, &self.packet_header, &self.packet))
    }

    /// With a packet that was signed elsewhere.
    pub fn seal_as(&self, packet: String) -> Outer {
        let voucher = self.voucher.clone().map(|mut claims| {
            if claims.get("packet").is_none() {
                claims["packet"] = digest(&packet).into();
            }
            jws(&self.voucher_key, &self.voucher_header, &claims)
        });
        Outer { packet, voucher, hops: Vec::new(), note: None, media: Vec::new() }
    }
}

/// The outer object.
#[derive(Clone)]
pub struct Outer {
    pub packet: String,
    pub voucher: Option<String>,
    pub hops: Vec<String>,
    pub note: Option<String>,
    pub media: Vec<(&'static str, String)>,
}

impl Outer {
    /// The claims of the next honest hop.
    pub fn hop_claims(&self, to: Option<&SigningKey>) -> Value {
        let n = self.hops.len() + 1;
        let mut claims = json!({
            "jti": format!("019c68e5-8c00-7000-8000-0000000001{n:02x}"), "iat": NOW + 60 * n as i64, "n": n,
            "prev": digest(self.hops.last().unwrap_or(&self.packet))
        });
        if let Some(to) = to {
            claims["to"] = id_of(to).into();
        }
        claims
    }

    pub fn hop(mut self, by: &SigningKey, claims: &Value) -> Self {
        self.hops.push(jws(by, &client_header(by, "hongbao-hop+jwt"), claims));
        self
    }

    pub fn forward(self, by: &SigningKey, to: Option<&SigningKey>) -> Self {
        let claims = self.hop_claims(to);
        self.hop(by, &claims)
    }

    pub fn note(self, by: &SigningKey, text: &str) -> Self {
        let hop = digest(self.hops.last().unwrap_or(&self.packet));
        let note = jws(by, &client_header(by, "hongbao-note+jwt"), &json!({"hop": hop, "text": text}));
        Self { note: Some(note), ..self }
    }

    pub fn picture(mut self, kind: &'static str, bytes: &[u8]) -> Self {
        self.media.push((kind, to_base64(bytes)));
        self
    }

    pub fn text(&self) -> String {
        let list = |items: &[String]| items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(",");
        let mut text = format!("{{\"format\":\"hongbao/1\",\"packet\":\"{}\"", self.packet);
        if let Some(voucher) = &self.voucher {
            text += &format!(",\"voucher\":\"{voucher}\"");
        }
        if !self.hops.is_empty() {
            text += &format!(",\"hops\":[{}]", list(&self.hops));
        }
        if let Some(note) = &self.note {
            text += &format!(",\"note\":\"{note}\"");
        }
        if !self.media.is_empty() {
            let media: Vec<_> =
                self.media.iter().map(|(kind, data)| format!("{{\"type\":\"{kind}\",\"data\":\"{data}\"}}")).collect();
            text += &format!(",\"media\":[{}]", media.join(","));
        }
        text + "}"
    }

    pub fn link(&self) -> String {
        let part = |name: &str, jws: &String| format!("&{name}={jws}");
        let mut link = format!("hongbao:1?p={}", self.packet);
        link.extend(self.voucher.iter().map(|jws| part("v", jws)));
        link.extend(self.hops.iter().map(|jws| part("h", jws)));
        link.extend(self.note.iter().map(|jws| part("n", jws)));
        link
    }
}

/// A PNG whose header claims this size; its one row of pixels is all there is.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let body = [kind.as_slice(), data].concat();
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &crc32(&body).to_be_bytes()].concat()
    };
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    // A zlib stream with one stored block: filter type 0 and one grey pixel.
    let pixels = [0x78, 0x01, 0x01, 2, 0, 0xfd, 0xff, 0, 0x80, 0, 0x82, 0, 0x81];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &pixels), chunk(b"IEND", &[])].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
