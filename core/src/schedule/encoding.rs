//! How dates and ids are written in CBOR: a date as days since 1970-01-01, an id as its bytes.
//!
//! **Invariant:** decoding never panics; a number that is no date is a decoding error.
//!
//! Pointer: used by the derives in `rule.rs` and `occurrence.rs`.

#![expect(
    clippy::option_option,
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    reason = "the signatures that the minicbor derive calls"
)]

use chrono::NaiveDate;
use minicbor::{
    Decoder, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// Days from 0001-01-01, day 1, to 1970-01-01.
const DAYS_TO_1970: i32 = 719_163;

/// A date.
pub(super) mod date {
    use super::{DAYS_TO_1970, DecodeError, Decoder, EncodeError, Encoder, NaiveDate, Write};
    use chrono::Datelike;

    pub(in super::super) fn encode<C, W: Write>(
        date: &NaiveDate,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.i32(date.num_days_from_ce() - DAYS_TO_1970)?;
        Ok(())
    }

    pub(in super::super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<NaiveDate, DecodeError> {
        let at = d.position();
        d.i32()?
            .checked_add(DAYS_TO_1970)
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .ok_or_else(|| DecodeError::message("no such date").at(at))
    }
}

/// A date that may be missing: null, or a field that is not there.
pub(super) mod optional_date {
    use super::{DecodeError, Decoder, EncodeError, Encoder, NaiveDate, Write, date};

    pub(in super::super) fn encode<C, W: Write>(
        value: &Option<NaiveDate>,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match value {
            Some(value) => date::encode(value, e, context),
            None => e.null()?.ok(),
        }
    }

    pub(in super::super) fn decode<C>(
        d: &mut Decoder<'_>,
        context: &mut C,
    ) -> Result<Option<NaiveDate>, DecodeError> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(None);
        }
        date::decode(d, context).map(Some)
    }

    pub(in super::super) fn nil() -> Option<Option<NaiveDate>> {
        Some(None)
    }

    pub(in super::super) fn is_nil(value: &Option<NaiveDate>) -> bool {
        value.is_none()
    }
}

/// An id, as sixteen bytes.
pub(super) mod id {
    use super::{DecodeError, Decoder, EncodeError, Encoder, Write};
    use uuid::Uuid;

    pub(in super::super) fn encode<C, W: Write>(
        id: &Uuid,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(id.as_bytes())?.ok()
    }

    pub(in super::super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Uuid, DecodeError> {
        let at = d.position();
        Uuid::from_slice(d.bytes()?)
            .map_err(|_| DecodeError::message("an id has sixteen bytes").at(at))
    }
}
