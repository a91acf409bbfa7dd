//! What a body claims to hold, counted before anything is built from it.
//!
//! A decoder makes 24 bytes of memory from one byte of an empty list's item,
//! and its way past unknown fields keeps a stack of its own. So the body is
//! walked once, head by head, and refused where it claims too much.
//!
//! **Invariant**: no allocation beyond [`DEPTH_MAX`] numbers; what passes is
//! exactly one CBOR item (RFC 8949) of definite lengths that fits the body.

use super::WireError;

/// Deepest nesting of a message: frames use 8, newer ones may use more.
const DEPTH_MAX: usize = 16;

/// Walks the body.
///
/// # Errors
///
/// [`WireError::TooLarge`] past `items_max` items, [`WireError::Damaged`] for
/// anything that is not one whole item of the invariant's form.
pub(super) fn measure(body: &[u8], items_max: u64) -> Result<(), WireError> {
    let mut rest = body;
    let mut items = 0;
    // How many items each open list still lacks; the body itself is one.
    let mut open = [0_u64; DEPTH_MAX];
    open[0] = 1;
    let mut depth = 0;
    loop {
        while open[depth] == 0 {
            if depth == 0 {
                return if rest.is_empty() {
                    Ok(())
                } else {
                    Err(WireError::Damaged)
                };
            }
            depth -= 1;
        }
        let (major, argument) = head(&mut rest)?;
        items += 1;
        if items > items_max {
            return Err(WireError::TooLarge);
        }
        // A tag stands before its item and is none itself.
        if major != TAG {
            open[depth] -= 1;
        }
        let inside = match major {
            BYTES | TEXT => {
                skip(&mut rest, argument)?;
                0
            }
            ARRAY => argument,
            MAP => argument.checked_mul(2).ok_or(WireError::Damaged)?,
            _ => 0,
        };
        if inside > 0 {
            // Every item takes a byte at least.
            if inside > rest.len() as u64 {
                return Err(WireError::Damaged);
            }
            depth += 1;
            *open.get_mut(depth).ok_or(WireError::Damaged)? = inside;
        }
    }
}

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// The major type and the argument of the next item.
fn head(rest: &mut &[u8]) -> Result<(u8, u64), WireError> {
    let (first, after) = rest.split_first().ok_or(WireError::Damaged)?;
    *rest = after;
    let argument_bytes = match first & 0x1f {
        short @ 0..=23 => return Ok((first >> 5, u64::from(short))),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        // Reserved, or a length that is not told.
        _ => return Err(WireError::Damaged),
    };
    let (argument, after) = rest
        .split_at_checked(argument_bytes)
        .ok_or(WireError::Damaged)?;
    *rest = after;
    let argument = argument
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    Ok((first >> 5, argument))
}

fn skip(rest: &mut &[u8], bytes: u64) -> Result<(), WireError> {
    let bytes = usize::try_from(bytes).map_err(|_| WireError::Damaged)?;
    *rest = rest.get(bytes..).ok_or(WireError::Damaged)?;
    Ok(())
}
