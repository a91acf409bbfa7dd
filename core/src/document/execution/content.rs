//! What a signature signs: the settled answers in one canonical encoding.
//!
//! **Invariant**: equal answers have equal hashes on every device, whoever
//! gave them and in whatever order they arrived.

use std::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{AnswerValue, Answered};
use crate::model::{DocumentId, EntryId};

/// The SHA-256 of some content: of all answers, or of a picture's bytes. In
/// JSON as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ContentHash(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 32],
);

impl ContentHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("a hash is 64 hexadecimal digits"))
    }
}

/// One answer as it is signed.
#[derive(Encode)]
#[cbor(array)]
struct Line<'a> {
    #[n(0)]
    item: &'a str,
    #[n(1)]
    repetition: u16,
    #[n(2)]
    value: Option<&'a AnswerValue>,
    #[n(3)]
    comments: Vec<&'a str>,
    #[n(4)]
    photos: &'a [ContentHash],
}

/// What is signed.
#[derive(Encode)]
#[cbor(array)]
struct Content<'a> {
    #[n(0)]
    format: &'static str,
    #[n(1)]
    checklist: DocumentId,
    #[n(2)]
    version: EntryId,
    #[n(3)]
    lines: Vec<Line<'a>>,
}

/// The hash of `answers`, which are sorted by item and repetition.
pub(super) fn hash(checklist: DocumentId, version: EntryId, answers: &[Answered]) -> ContentHash {
    let lines = answers.iter().map(|answered| {
        let texts = answered.comments.iter().map(|said| said.text.as_str());
        let mut comments: Vec<_> = texts.collect();
        comments.sort_unstable();
        Line {
            item: &answered.item,
            repetition: answered.repetition,
            value: answered.value.as_ref(),
            comments,
            photos: &answered.photos,
        }
    });
    let content = Content {
        format: "ronde execution 1",
        checklist,
        version,
        lines: lines.collect(),
    };
    // Writing to memory cannot fail; an empty content would match no signature.
    ContentHash::of(&minicbor::to_vec(content).unwrap_or_default())
}
