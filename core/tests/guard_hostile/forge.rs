//! Changes no honest program writes: honest ones with something altered, or
//! chunks put together byte by byte.

use automerge::{Change, ExpandedChange, ScalarValue, legacy};
use minicbor::Encode;
use ronde_core::{
    document::Document,
    guard::{Limits, Outcome, Refusal, parse},
    model::{EntryId, PersonId, Rank, Roles, Timestamp},
};
use sha2::{Digest, Sha256};

use crate::fleet::{Device, every_role, offer_as, person, stamp};

pub const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// An honest comment of device `n`, altered.
pub fn forged(base: &Document, n: u128, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut device = Device::with(n, base.clone());
    device.comment("vu", 5_000);
    altered(&device.unsent[0], alter)
}

/// An honest text edit of device `n` ("Goutte à goutte" loses its first two
/// letters and gains two), altered. Its entry is left out.
pub fn forged_text(base: &Document, n: u128, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut device = Device::with(n, base.clone());
    let text: String = device.copy.text("description").chars().skip(2).collect();
    device
        .copy
        .set_text("description", &format!("{text}xy"), &stamp(n, 5_000))
        .unwrap();
    device.commit(5_000);
    altered(&device.unsent[0], |change| {
        change.operations.retain(|op| !op.key.is_map_key());
        alter(change);
    })
}

pub fn altered(bytes: &[u8], alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut change = Change::try_from(bytes).unwrap().decode();
    alter(&mut change);
    Change::from(change).raw_bytes().to_vec()
}

/// What the guard says about bytes that device `n` offers.
pub fn verdict(base: &Document, n: u128, bytes: &[u8]) -> Result<Outcome, Refusal> {
    verdict_as(base, n, bytes, &every_role())
}

pub fn verdict_as(
    base: &Document,
    n: u128,
    bytes: &[u8],
    roles: &Roles,
) -> Result<Outcome, Refusal> {
    let change = parse(bytes, &Limits::default())?;
    let admission = offer_as(base, &[change], n, roles);
    let outcome = admission.outcomes.into_iter().next().unwrap();
    let merged = matches!(outcome, Outcome::Accepted { .. });
    assert_eq!(admission.document.is_some(), merged);
    Ok(outcome)
}

/// The same as one word.
pub fn word(base: &Document, n: u128, bytes: &[u8]) -> &'static str {
    word_of(verdict(base, n, bytes))
}

pub fn word_of(verdict: Result<Outcome, Refusal>) -> &'static str {
    match verdict {
        Ok(Outcome::Accepted { .. }) => "accepted",
        Ok(Outcome::Known) => "known",
        Ok(Outcome::Missing { .. }) => "missing",
        Ok(Outcome::Fork) => "fork",
        Ok(Outcome::Refused(refusal)) | Err(refusal) => refusal.code.name(),
    }
}

#[derive(Encode)]
#[cbor(array)]
struct Content<'a> {
    #[n(0)]
    key: &'a str,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    value: &'a [u8],
    #[n(2)]
    by: PersonId,
    #[n(3)]
    at: Timestamp,
    #[n(4)]
    after: Vec<EntryId>,
    #[n(5)]
    rank: Rank,
}

/// An entry's bytes with any encoded value, by any person.
pub fn raw_entry(key: &str, value: &[u8], by: PersonId, rank: Rank) -> Vec<u8> {
    let at = stamp(0, 5_000).at;
    minicbor::to_vec(Content {
        key,
        value,
        by,
        at,
        after: vec![],
        rank,
    })
    .unwrap()
}

/// Replaces the first operation of a change by a put of these entry bytes.
pub fn put_entry(change: &mut ExpandedChange, entry: Vec<u8>) {
    let operation = &mut change.operations[0];
    operation.key = legacy::Key::Map(EntryId::of(&entry).to_string().into());
    operation.action = legacy::OpType::Put(ScalarValue::Bytes(entry));
}

/// A comment of device `n` whose entry says something else.
pub fn saying<V: Encode<()>>(base: &Document, n: u128, key: &str, value: &V) -> Vec<u8> {
    let value = minicbor::to_vec(value).unwrap();
    saying_raw(base, n, key, &value)
}

pub fn saying_raw(base: &Document, n: u128, key: &str, value: &[u8]) -> Vec<u8> {
    let entry = raw_entry(key, value, person(n), Rank::Field);
    forged(base, n, |change| put_entry(change, entry))
}

/// A chunk of this type around a body, with the right length and checksum.
pub fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    hashed.extend(unsigned(body.len() as u64));
    hashed.extend_from_slice(body);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&Sha256::digest(&hashed)[..4]);
    bytes.extend(hashed);
    bytes
}

/// The body of a chunk: what stands behind its length.
pub fn body(bytes: &[u8]) -> &[u8] {
    let length_bytes = bytes[9..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    &bytes[9 + length_bytes..]
}

pub fn unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![];
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

pub fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = vec![];
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        let last = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
        bytes.push(if last { byte } else { byte | 0x80 });
        if last {
            return bytes;
        }
    }
}

/// The fields of a change chunk, to be written with whatever is wrong in them.
pub struct Raw {
    pub deps: Vec<[u8; 32]>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub columns: Vec<(u64, Vec<u8>)>,
}

impl Raw {
    pub fn new(columns: Vec<(u64, Vec<u8>)>) -> Self {
        Self {
            deps: vec![[7; 32]],
            actor: vec![1; 16],
            seq: 1,
            start_op: 10,
            time: 1_767_268_800,
            message: vec![],
            others: vec![],
            columns,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut body = unsigned(self.deps.len() as u64);
        body.extend(self.deps.iter().flatten());
        body.extend(unsigned(self.actor.len() as u64));
        body.extend(&self.actor);
        body.extend(unsigned(self.seq));
        body.extend(unsigned(self.start_op));
        body.extend(signed(self.time));
        body.extend(unsigned(self.message.len() as u64));
        body.extend(&self.message);
        body.extend(unsigned(self.others.len() as u64));
        for other in &self.others {
            body.extend(unsigned(other.len() as u64));
            body.extend(other);
        }
        body.extend(unsigned(self.columns.len() as u64));
        for (number, data) in &self.columns {
            body.extend(unsigned(*number));
            body.extend(unsigned(data.len() as u64));
        }
        body.extend(self.columns.iter().flat_map(|(_, data)| data));
        chunk(1, &body)
    }
}
