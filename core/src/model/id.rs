//! Identities as newtypes over 16, 32 or 8 bytes.
//!
//! **Invariant**: ids of different things never mix by accident.

use std::{fmt, str::FromStr};

use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Invalid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The 16 bytes of the id.
            pub const fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// The id with these 16 bytes; `None` for another length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| Invalid::new("id", "an id is a UUID such as 0190b5c0-…"))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), encode::Error<W::Error>> {
                e.bytes(self.0.as_bytes())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
                let bytes: ByteArray<16> = Decode::decode(d, ctx)?;
                Ok(Self(Uuid::from_bytes(*bytes)))
            }
        }
    };
}

uuid_id!(
    /// One document, on whichever replica it is.
    DocumentId
);
uuid_id!(
    /// One site (plant).
    SiteId
);
uuid_id!(
    /// One person: the id of its `person` document.
    PersonId
);
uuid_id!(
    /// One enrolled device.
    DeviceId
);
uuid_id!(
    /// One life of a device's replica; its bytes are the Automerge actor id.
    Incarnation
);
uuid_id!(
    /// One life of a site's log; a restored log gets a new one.
    Epoch
);

/// Namespace of ids that are derived from what they stand for.
const DERIVED: Uuid = Uuid::from_u128(0x6f0d_7d5e_52a4_5c3b_9c56_0b5d_0d1f_7a10);

impl DocumentId {
    /// The id every replica derives for the same real thing (UUIDv5, RFC 9562).
    ///
    /// `role` says what the document is to `of`; `key` tells several apart.
    ///
    /// ```
    /// use ronde_core::model::DocumentId;
    ///
    /// let plan: DocumentId = "0190b5c0-0000-7000-8000-000000000001".parse()?;
    /// assert_eq!(
    ///     DocumentId::derived(plan, "work_order", "7"),
    ///     DocumentId::derived(plan, "work_order", "7"),
    /// );
    /// assert!("not an id".parse::<DocumentId>().is_err());
    /// # Ok::<(), ronde_core::error::Invalid>(())
    /// ```
    pub fn derived(of: Self, role: &str, key: &str) -> Self {
        let name = format!("{of}\n{role}\n{key}");
        Self(Uuid::new_v5(&DERIVED, name.as_bytes()))
    }
}

impl From<PersonId> for DocumentId {
    fn from(person: PersonId) -> Self {
        Self(person.0)
    }
}

impl From<DocumentId> for PersonId {
    fn from(document: DocumentId) -> Self {
        Self(document.0)
    }
}

/// The SHA-256 identity of one Automerge change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ChangeHash(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 32],
);

impl ChangeHash {
    /// The hash with these 32 bytes; `None` for another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeHash({self})")
    }
}

/// The identity of one register entry: a hash of what it says.
///
/// Two entries with the same id say the same thing, so an id cannot be taken
/// by somebody else and writing an entry twice is harmless.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct EntryId(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 8],
);

impl EntryId {
    /// The first 8 bytes of the SHA-256 of the entry's encoded content.
    pub fn of(content: &[u8]) -> Self {
        let digest = Sha256::digest(content);
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({self})")
    }
}

impl FromStr for EntryId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        data_encoding::BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| Invalid::new("entry_id", "an entry id is 11 base64url characters"))
    }
}

impl Serialize for EntryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
