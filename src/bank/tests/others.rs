//! What is another's: a stranger is answered as if it were not there, at every route that the bank has.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::*;
use crate::api::instruction::{InstructionClaims, OutcomeClaims};
use crate::api::states::InstructionResult;
use crate::api::surrender::SurrenderClaims;
use crate::jose::Digest;

/// How a route treats a stranger who names what another has.
enum Treats {
    /// It tells what everybody may know, or what only a packet's holder can name: a digest of 256 bits.
    Everybody,
    /// One answer, whether the thing is another's or nobody's.
    Alike(Box<[Wanted; 2]>),
}

impl Treats {
    fn alike(theirs: Wanted, nobodys: Wanted) -> Self {
        Self::Alike(Box::new([theirs, nobodys]))
    }
}

/// One request.
struct Wanted {
    by: Who,
    path: String,
    body: Value,
}

/// Who asks.
#[derive(Clone)]
struct Who {
    key: SigningKey,
    origin: Option<Origin>,
}

impl Who {
    fn posts(&self, path: &str, body: Value) -> Wanted {
        Wanted { by: self.clone(), path: path.to_owned(), body }
    }

    fn reads(&self, path: &str) -> Wanted {
        self.posts(path, Value::Null)
    }
}

/// Everybody in this test.
struct Town {
    bank: TestBank,
    /// Whose things others want.
    shop: Shop,
    fund: String,
    file: PacketFile,
    person: Person,
    collection: Uuid,
    /// Known here as well, and not entitled to any of it.
    rival: Shop,
    stranger: Person,
}

impl Town {
    async fn new() -> Self {
        let bank = one_bank().await;
        let shop = Shop::at(&bank).await;
        let rival = Shop::named(&bank, "https://rival.example", 51).await;
        let (person, stranger) = (Person::at(&bank, 60).await, Person::at(&bank, 61).await);
        let fund = shop.freeze(&bank, uuid(), 1).await.unwrap();
        let file = shop.issue(&bank, &shop.claims(&bank, 2)).await.unwrap();
        let collection = uuid();
        person.collect(&bank, &file, collection).await.unwrap();
        Self { bank, shop, fund, file, person, collection, rival, stranger }
    }

    fn rival(&self) -> Who {
        Who { key: self.rival.key.clone(), origin: Some(self.rival.origin.clone()) }
    }

    fn stranger(&self) -> Who {
        Who { key: self.stranger.key.clone(), origin: None }
    }

    /// The same stranger, who claims to be a party: once one that is known here, once one that nobody knows.
    fn claiming(&self, known: &Origin, wanted: impl Fn(&Who) -> Wanted) -> Treats {
        let nobody = Origin::parse("https://nobody.example").unwrap();
        let [known, nobody] =
            [known, &nobody].map(|origin| Who { key: self.stranger.key.clone(), origin: Some(origin.clone()) });
        Treats::alike(wanted(&known), wanted(&nobody))
    }

    /// The rival applies for a voucher that another's money would pay.
    fn paid_from(&self, path: &str, source: &Value) -> Wanted {
        let packet = self.rival.sign(&self.rival.claims(&self.bank, 1));
        let application = json!({ "packet": packet.jws.as_str(), "source": source });
        let body = if path == routes::VOUCHER_BATCH { json!({ "applications": [application] }) } else { application };
        self.rival().posts(path, body)
    }

    fn fund_of(&self, account: &AccountNumber) -> Wanted {
        let claims = FundClaims { account: account.clone(), ..self.rival.fund(&self.bank, uuid()) };
        let fund = Jws::sign(&self.rival.key, Typ::Fund, &claims).unwrap();
        self.rival().posts(routes::FUNDS, json!({ "fund": fund.as_str() }))
    }

    fn instruction_about(&self, packet: Digest) -> Wanted {
        let (iss, aud, iat) = (self.rival.origin.clone(), self.bank.origin().clone(), self.bank.clock.now());
        let (packets, reason) = (vec![packet], "give it to me".to_owned());
        let claims = InstructionClaims { iss, aud, jti: uuid(), iat, packets, reason, until: None };
        let signed = Jws::sign(&self.rival.key, Typ::Withdraw, &claims).unwrap();
        self.rival().posts(routes::INSTRUCTIONS, json!({ "instruction": signed.as_str() }))
    }

    fn surrender_of(&self, packet: Digest) -> Wanted {
        let (iss, aud, iat) = (self.rival.origin.clone(), self.bank.origin().clone(), self.bank.clock.now());
        let client = self.person.key.public().thumbprint();
        let claims = SurrenderClaims { iss, aud, jti: uuid(), iat, packet, client };
        let signed = Jws::sign(&self.rival.key, Typ::Surrender, &claims).unwrap();
        self.rival().posts(routes::SURRENDERS, json!({ "surrender": signed.as_str() }))
    }

    fn collect_into(&self, account: &AccountNumber) -> Wanted {
        let choice = Choice { bank: self.bank.origin(), jti: uuid(), account, salt: SALT };
        let request = collect::write(&self.stranger.key, &self.file, &choice, self.bank.clock.now()).unwrap();
        self.stranger().posts(routes::COLLECTIONS, serde_json::to_value(request).unwrap())
    }

    /// How this route must treat who has no right; a route that is not here is one that nobody thought of.
    fn expected(&self, method: &str, path: &str) -> Treats {
        let (theirs, nobodys) = (&self.person.account, AccountNumber::with_check_digit("620000999999999").unwrap());
        let (packet, no_packet) = (self.file.packet.id(), Digest::of(b"no packet"));
        let [account, no_account] = [&self.shop.account, &nobodys].map(|account| json!({ "account": account }));
        let [fund, no_fund] = [self.fund.as_str(), "F20260202-999999"].map(|fund| json!({ "fund": fund }));
        match (method, path) {
            ("GET", routes::WELL_KNOWN | routes::JWKS | "/v1/vouchers/{packet}" | "/v1/draws/{packet}") => {
                Treats::Everybody
            }
            // A member is whoever the bank's own document names, so an order tells nothing by naming one.
            ("POST", routes::ORDERS) => Treats::Everybody,
            ("POST", routes::FUNDS) => Treats::alike(self.fund_of(&self.shop.account), self.fund_of(&nobodys)),
            ("POST", routes::VOUCHERS) => Treats::alike(self.paid_from(path, &fund), self.paid_from(path, &no_fund)),
            ("POST", routes::VOUCHER_BATCH) => {
                Treats::alike(self.paid_from(path, &account), self.paid_from(path, &no_account))
            }
            ("POST", routes::INSTRUCTIONS) => {
                Treats::alike(self.instruction_about(packet), self.instruction_about(no_packet))
            }
            ("POST", routes::SURRENDERS) => Treats::alike(self.surrender_of(packet), self.surrender_of(no_packet)),
            ("GET", routes::FEED) => {
                self.claiming(&self.shop.origin, |who| who.reads(&format!("{}?after=0", routes::FEED)))
            }
            ("POST", routes::DRAWS) => self.claiming(&self.shop.origin, |who| {
                who.posts(routes::DRAWS, json!({ "request": Uuid::nil(), "count": 1 }))
            }),
            ("GET", routes::HOLDER_KEY) => self.claiming(&self.shop.origin, |who| who.reads(routes::HOLDER_KEY)),
            ("GET", "/v1/recovery/{part}") => {
                self.claiming(&self.shop.origin, |who| who.reads(&format!("{}orders", routes::RECOVERY)))
            }
            ("POST", routes::LINKS) => {
                let with = |account| self.stranger().posts(path, json!({ "account": account, "code": "AAAAAAAA" }));
                Treats::alike(with(theirs), with(&nobodys))
            }
            ("POST", routes::ACCEPTANCE) => {
                let of = |account| self.stranger().posts(path, json!({ "account": account, "acceptance": "auto" }));
                Treats::alike(of(theirs), of(&nobodys))
            }
            ("POST", routes::COLLECTIONS) => Treats::alike(self.collect_into(theirs), self.collect_into(&nobodys)),
            ("GET", "/v1/collections/{id}") => {
                let of = |id: Uuid| self.stranger().reads(&format!("{}/{id}", routes::COLLECTIONS));
                Treats::alike(of(self.collection), of(uuid()))
            }
            _ => panic!("{method} {path}: who may ask what here?"),
        }
    }

    async fn answer(&self, method: &str, wanted: &Wanted) -> (StatusCode, Value) {
        let body = if wanted.body.is_null() { Vec::new() } else { serde_json::to_vec(&wanted.body).unwrap() };
        let asked = Asked { server: self.bank.origin(), method, path: &wanted.path, body: &body };
        let who = &wanted.by;
        let header = authorize(&who.key, asked, who.origin.as_ref(), uuid(), self.bank.clock.now()).unwrap();
        let request = Request::builder().method(method).uri(&wanted.path).header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, header).body(Body::from(body)).unwrap();
        let response = router(self.bank.bank.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }
}

/// The results that an outcome tells; the rest of it names the packet that was asked about.
fn results(outcome: &Value) -> Vec<InstructionResult> {
    let outcome = Jws::parse(outcome["outcome"].as_str().unwrap(), Typ::Outcome).unwrap();
    outcome.claims::<OutcomeClaims>().unwrap().results.iter().map(|result| result.result).collect()
}

#[tokio::test]
async fn what_is_anothers_is_to_a_stranger_as_if_it_were_not_there() {
    let town = Town::new().await;
    let document = crate::bank::document().to_json().unwrap();
    let mut tried = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            if path == routes::OPENAPI {
                continue;
            }
            let Treats::Alike(asked) = town.expected(&method, path) else { continue };
            let [theirs, nobodys] = *asked;
            let (theirs, nobodys) = (town.answer(&method, &theirs).await, town.answer(&method, &nobodys).await);
            tried.insert(path.as_str());
            if path == routes::INSTRUCTIONS {
                assert_eq!([&theirs, &nobodys].map(|it| it.0), [StatusCode::OK; 2]);
                assert_eq!(
                    [&theirs, &nobodys].map(|it| results(&it.1)),
                    [(); 2].map(|()| vec![InstructionResult::Unknown])
                );
                continue;
            }
            assert_eq!(theirs, nobodys, "{method} {path}");
            let refused = theirs.0.is_client_error() || theirs.1["answers"][0]["problem"]["status"].is_u64();
            assert!(refused, "{method} {path}: {theirs:?}");
        }
    }
    assert!(tried.len() > 10, "{tried:?}");
    // None of it took anything from anybody.
    assert_eq!(town.bank.balance(&town.shop.account).await, 100_000 - 10_000 - 2 * 1000);
    town.bank.settle().await;
    assert_eq!(town.bank.balance(&town.person.account).await, 1000);
    assert!(town.bank.audit().await.ok);
}
