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

/// Vectors of the first release; `core/docs/wire.md` shows the same bytes.
#[test]
fn frames_are_written_as_documented() {
    let vectors = include_str!("../../docs/wire-vectors.txt");
    let written = [hello(), welcome(), Frame::Push(Push::default())]
        .map(|frame| data_encoding::HEXLOWER.encode(&encode(&[frame]).unwrap()));

    assert_eq!(written.join("\n"), vectors.trim());
}

#[test]
fn a_bomb_is_cut_off_at_the_limit() {
    let zeros = vec![0_u8; 64 << 20];
    let packed = zstd::bulk::compress(&zeros, 19).unwrap();
    let bomb = [b"RD\x01\x01".as_slice(), &packed].concat();

    assert!(packed.len() < 10_000);
    assert_eq!(decode(&bomb, &Limits::REQUEST), Err(WireError::TooLarge));
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
        let message = [b"RD\x01".as_slice(), &[method], &noise].concat();
        let _ = decode(&message, &Limits::REQUEST);
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
