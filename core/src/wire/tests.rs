mod vectors;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn hello() -> Frame {
    Frame::Hello(Hello {
        protocol: PROTOCOL,
        incarnation: Incarnation(Uuid::from_u128(1)),
        epoch: Some(Epoch(Uuid::from_u128(2))),
        cursor: Cursor::At(1_000_000),
        window: u64::MAX,
        pending: 0,
        digest: Some(Digest([7; 16])),
        names: 12,
        at: Timestamp(1_790_000_000_000),
        page_bytes_max: 1 << 20,
    })
}

fn welcome() -> Frame {
    Frame::Welcome(Welcome {
        protocol: PROTOCOL,
        epoch: Epoch(Uuid::from_u128(2)),
        head: 1_000_000,
        window: None,
        at: Timestamp(1_790_000_000_000),
        roles: None,
    })
}

#[test]
fn an_idle_resume_is_under_300_bytes_each_way() {
    let up = encode(&[hello()]).unwrap();
    let page = Frame::Page(Page {
        cursor: Cursor::At(1_000_000),
        complete: true,
        digest: Some(Digest([7; 16])),
        names_version: 12,
        ..Page::default()
    });
    let down = encode(&[welcome(), page]).unwrap();

    assert!(
        up.len() < 300 && down.len() < 300,
        "{} up, {} down",
        up.len(),
        down.len()
    );
}

#[test]
fn a_bomb_is_cut_off_at_the_limit() {
    let zeros = vec![0_u8; 64 << 20];
    let packed = zstd::bulk::compress(&zeros, 19).unwrap();
    let bomb = envelope::sealed(1, &packed);

    assert!(packed.len() < 10_000);
    assert_eq!(decode(&bomb, &Limits::REQUEST), Err(WireError::TooLarge));
}

#[test]
fn a_device_that_holds_nothing_can_say_so() {
    let sums = [Frame::Sums(Sums(vec![Digest::default(); 256]))];
    let message = encode(&sums).unwrap();

    assert!(message.len() < 64, "{} bytes", message.len());
    assert_eq!(
        decode(&message, &Limits::REQUEST).as_deref(),
        Ok(sums.as_slice())
    );
}

#[test]
fn every_truncation_and_every_added_byte_is_refused() {
    let message = encode(&[hello(), welcome()]).unwrap();

    for end in 0..message.len() {
        assert!(
            decode(&message[..end], &Limits::REQUEST).is_err(),
            "{end} bytes"
        );
    }
    let longer = [message.as_slice(), &[0]].concat();
    assert_eq!(decode(&longer, &Limits::REQUEST), Err(WireError::Damaged));
}

#[test]
fn every_flipped_bit_is_refused() {
    let message = encode(&[hello(), welcome()]).unwrap();

    for bit in 0..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&flipped, &Limits::REQUEST).is_err(), "bit {bit}");
    }
}

#[test]
fn a_body_of_too_many_items_or_too_deep_is_refused_before_it_is_built() {
    let decoded = |body: &[u8]| decode(&envelope::sealed(0, body), &Limits::REQUEST);
    // A push to one document with half a million changes of no bytes.
    let many = [
        b"\x81\x82\x02\x81\x83\x00\xf4\x81\x83\x50".as_slice(),
        &[0; 16],
        b"\x08\x9a\x00\x07\xa1\x20",
        &vec![0x40; 500_000],
    ]
    .concat();
    // A hello whose unknown field is deep to pass over.
    let hello = b"\x81\x82\x00\x81\xa1\x18\x63".as_slice();
    let deep = [hello, &vec![0x81; 1_000_000], b"\x00"].concat();
    let endless = [hello, &[0x82, 0x9f].repeat(500_000)].concat();

    assert_eq!(decoded(&many), Err(WireError::TooLarge));
    assert_eq!(decoded(&deep), Err(WireError::Damaged));
    assert_eq!(decoded(&endless), Err(WireError::Damaged));
    // Lists that claim more than there is.
    for claim in [
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(),
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81\x82\x02\x81\x83\x00\xf4\x9a\xff\xff\xff\xff",
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9f\xff",
        b"",
    ] {
        assert_eq!(decoded(claim), Err(WireError::Damaged), "{claim:x?}");
    }
}

#[test]
fn a_newer_envelope_is_told_apart_from_noise() {
    assert_eq!(
        decode(b"RD\x02\x00\x80", &Limits::REQUEST),
        Err(WireError::Version(2))
    );
    assert_eq!(
        decode(b"<html><body>", &Limits::REQUEST),
        Err(WireError::Foreign)
    );
}

proptest! {
    #[test]
    fn noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..400), method in 0_u8..3) {
        let _ = decode(&envelope::sealed(method, &noise), &Limits::REQUEST);
        let _ = decode(&noise, &Limits::REQUEST);
    }

    #[test]
    fn the_sum_does_not_depend_on_the_order(ids in proptest::collection::vec(any::<u128>(), 1..9)) {
        let digests: Vec<_> = ids.iter().map(|id| Digest::of(DocumentId(Uuid::from_u128(*id)), &[])).collect();
        let forward = digests.iter().fold(Digest::default(), |sum, digest| sum.plus(*digest));
        let backward = digests.iter().rev().fold(Digest::default(), |sum, digest| sum.plus(*digest));

        prop_assert_eq!(forward, backward);
        prop_assert_eq!(forward.minus(digests[0]).plus(digests[0]), forward);
    }
}
