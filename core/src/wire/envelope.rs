//! The envelope: two magic bytes, a version, a method, a checksum, then frames.
//!
//! **Invariant**: the inflated size is bounded before a byte is inflated, by
//! the limits and by the ratio, and the number of items before one is built,
//! whatever the sender claims.

use std::io::Read;

use minicbor::Decoder;

use super::{Frame, measure::measure};

const MAGIC: [u8; 2] = *b"RD";
const VERSION: u8 = 1;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Magic, version and method; the checksum follows.
const HEADER_BYTES: usize = 4;
const CHECKSUM_BYTES: usize = 4;
/// Below this, zstd makes a message longer.
const COMPRESS_BYTES_MIN: usize = 160;
const ZSTD_LEVEL: i32 = 3;
/// Up to here the ratio is not asked: 256 equal sums pack 200 times smaller.
const INFLATED_BYTES_FREE: usize = 64 << 10;

/// Bounds of one message (FAULTS.md §6).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes as sent.
    pub message_bytes_max: usize,
    /// Most bytes of frames.
    pub inflated_bytes_max: usize,
    /// Most bytes of frames per byte sent, past the first 64 KiB.
    pub inflation_max: usize,
    /// Most frames.
    pub frames_max: u64,
    /// Most CBOR items of all frames together.
    pub items_max: u64,
}

impl Limits {
    /// What the relay takes from a device.
    pub const REQUEST: Self = Self {
        message_bytes_max: 1 << 20,
        inflated_bytes_max: 8 << 20,
        inflation_max: 50,
        frames_max: 64,
        items_max: 100_000,
    };
    /// What a device takes from its relay.
    pub const ANSWER: Self = Self {
        message_bytes_max: 16 << 20,
        inflated_bytes_max: 64 << 20,
        inflation_max: 200,
        frames_max: 64,
        items_max: 1_000_000,
    };
}

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not this protocol: a captive portal, a proxy's error page…
    #[error("not a Ronde message")]
    Foreign,
    /// A newer envelope.
    #[error("the message has version {0}, this program knows 1")]
    Version(u8),
    /// Over a limit.
    #[error("the message is too large")]
    TooLarge,
    /// Cut off or altered.
    #[error("the message is damaged")]
    Damaged,
}

/// Packs frames into one message.
///
/// # Errors
///
/// [`WireError::Damaged`] when the compressor fails, which only a lack of
/// memory explains.
pub fn encode(frames: &[Frame]) -> Result<Vec<u8>, WireError> {
    let damaged = |_| WireError::Damaged;
    let body = minicbor::to_vec(frames).map_err(|_| WireError::Damaged)?;
    if body.len() >= COMPRESS_BYTES_MIN {
        let packed = zstd::bulk::compress(&body, ZSTD_LEVEL).map_err(damaged)?;
        if packed.len() < body.len() {
            return Ok(sealed(ZSTD, &packed));
        }
    }
    Ok(sealed(PLAIN, &body))
}

pub(super) fn sealed(method: u8, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER_BYTES + CHECKSUM_BYTES + body.len());
    message.extend_from_slice(&MAGIC);
    message.extend_from_slice(&[VERSION, method]);
    message.extend_from_slice(&checksum(method, body));
    message.extend_from_slice(body);
    message
}

/// Unpacks a message from outside.
///
/// # Errors
///
/// See [`WireError`]. Nothing of a refused message is used.
///
/// ```
/// use ronde_core::wire::{Limits, WireError, decode, encode};
///
/// let message = encode(&[])?;
/// assert_eq!(decode(&message, &Limits::REQUEST)?, vec![]);
/// assert_eq!(decode(b"<html>", &Limits::REQUEST), Err(WireError::Foreign));
/// # Ok::<(), WireError>(())
/// ```
pub fn decode(message: &[u8], limits: &Limits) -> Result<Vec<Frame>, WireError> {
    if message.len() > limits.message_bytes_max {
        return Err(WireError::TooLarge);
    }
    let (header, body) = message
        .split_at_checked(HEADER_BYTES)
        .ok_or(WireError::Foreign)?;
    if header[..2] != MAGIC {
        return Err(WireError::Foreign);
    }
    if header[2] != VERSION {
        return Err(WireError::Version(header[2]));
    }
    let method = header[3];
    let (sum, body) = body
        .split_at_checked(CHECKSUM_BYTES)
        .ok_or(WireError::Damaged)?;
    // A wrong bit in a verdict or a document's id would still decode.
    if sum != checksum(method, body) {
        return Err(WireError::Damaged);
    }
    match method {
        PLAIN => frames(body, limits),
        ZSTD => frames(&inflate(body, limits)?, limits),
        _ => Err(WireError::Damaged),
    }
}

fn inflate(body: &[u8], limits: &Limits) -> Result<Vec<u8>, WireError> {
    let bytes_max = body
        .len()
        .saturating_mul(limits.inflation_max)
        .max(INFLATED_BYTES_FREE)
        .min(limits.inflated_bytes_max);
    let decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|_| WireError::Damaged)?;
    let mut inflated = Vec::new();
    // One byte more than allowed tells "too large" from "exactly as much".
    let mut bounded = decoder.single_frame().take(bytes_max as u64 + 1);
    bounded
        .read_to_end(&mut inflated)
        .map_err(|_| WireError::Damaged)?;
    if inflated.len() > bytes_max {
        return Err(WireError::TooLarge);
    }
    Ok(inflated)
}

fn frames(body: &[u8], limits: &Limits) -> Result<Vec<Frame>, WireError> {
    measure(body, limits.items_max)?;
    let mut decoder = Decoder::new(body);
    let count = decoder
        .array()
        .map_err(|_| WireError::Damaged)?
        .ok_or(WireError::Damaged)?;
    if count > limits.frames_max {
        return Err(WireError::TooLarge);
    }
    let frames = (0..count)
        .map(|_| decoder.decode().map_err(|_| WireError::Damaged))
        .collect::<Result<Vec<Frame>, _>>()?;
    if decoder.position() != body.len() {
        return Err(WireError::Damaged);
    }
    Ok(frames)
}

/// CRC-32 (ISO 3309, as in zip and PNG) over the method and the body as sent:
/// against accidents on the way, not against people; for those there is TLS.
fn checksum(method: u8, body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let step = |sum: u32, byte: &u8| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ CRC_OF_BYTE[usize::from(low ^ byte)]
    };
    let sum = std::iter::once(&method).chain(body).fold(u32::MAX, step);
    (!sum).to_be_bytes()
}

const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut sum = byte;
        let mut bit = 0;
        while bit < 8 {
            let odd = sum & 1 == 1;
            sum >>= 1;
            if odd {
                sum ^= 0xedb8_8320;
            }
            bit += 1;
        }
        table[byte as usize] = sum;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the CRC catalogue for "123456789".
    #[test]
    fn the_checksum_is_the_one_of_zip_and_png() {
        assert_eq!(checksum(b'1', b"23456789"), [0xcb, 0xf4, 0x39, 0x26]);
    }
}
