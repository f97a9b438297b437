//! A packet file for the unit tests of this room, signed with fixed keys.
#![allow(clippy::unwrap_used)]

use uuid::Uuid;
use zeroize::Zeroizing;

use super::file::Signed;
use super::{
    Applicant, Contents, Envelope, Forward, Mode, Origin, PacketClaims, PacketFile, Placement, Trust, VoucherClaims,
};
use crate::jose::{Jws, KeySet, SigningKey, Typ};
use crate::money::{Amount, Currency};

pub(super) fn key(secret: u8) -> SigningKey {
    SigningKey::from_secret(&Zeroizing::new([secret; 32]))
}

pub(super) fn origin(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.example")).unwrap()
}

/// A single gift of 88.00 CNY, forwardable twice.
pub(super) fn claims() -> PacketClaims {
    PacketClaims {
        iss: origin("shop"),
        jti: Uuid::nil(),
        iat: 1000,
        nbf: 1000,
        exp: 2000,
        cnf: None,
        campaign: "spring".into(),
        envelope: Envelope {
            title: "Example Tea".into(),
            greeting: "恭喜发财".into(),
            serial: 1,
            emblem: None,
            theme: None,
            cover: None,
        },
        contents: Contents::Bank {
            bank: origin("bank"),
            amount: Amount::new(8800, Currency::CNY),
            mode: Mode::Each,
            shares: 1,
            draw: None,
            revocable: false,
        },
        forward: Some(Forward { placement: Placement::Both, max_hops: 2, reward: None }),
        reward_for: None,
    }
}

/// The file of these claims, with a bank's voucher if the contents are money.
pub(super) fn file(claims: PacketClaims) -> PacketFile {
    let packet = Signed { jws: Jws::sign(&key(1), Typ::Packet, &claims).unwrap(), claims };
    let voucher = packet.claims.contents.total().unwrap().map(|frozen| {
        let claims = VoucherClaims {
            iss: origin("bank"),
            iat: 1000,
            number: "V-1".into(),
            packet: packet.id(),
            frozen,
            applicant: Applicant { origin: origin("shop"), name: "Example Tea Ltd".into() },
            fund: None,
            pays_within: None,
        };
        Signed { jws: Jws::sign(&key(2), Typ::Voucher, &claims).unwrap(), claims }
    });
    PacketFile { packet, voucher, hops: Vec::new(), note: None, media: Vec::new() }
}

/// Issuer and bank known.
pub(super) fn trust() -> Trust {
    let keys = |secret| KeySet { keys: vec![key(secret).public()] };
    let mut trust = Trust::default();
    trust.issuers.insert(origin("shop"), keys(1));
    trust.banks.insert(origin("bank"), super::BankKeys { name: "Example Bank".into(), keys: keys(2) });
    trust
}
