//! One example of every frame, as bytes: `core/docs/wire.md` explains them.
//!
//! **Invariant**: a vector, once released, is never changed; a new form gets a
//! new vector.

use super::*;

const VECTORS: &str = include_str!("../../../docs/wire-vectors.txt");

fn id(n: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(n))
}

fn hello_at(cursor: Cursor) -> Frame {
    let Frame::Hello(hello) = hello() else {
        unreachable!("it is one");
    };
    Frame::Hello(Hello { cursor, ..hello })
}

fn page(items: Vec<Item>) -> Frame {
    Frame::Page(Page {
        cursor: Cursor::At(1_000_000),
        items,
        done: 3,
        total: 3,
        complete: true,
        digest: Some(Digest([7; 16])),
        names: vec![
            Name {
                person: PersonId(Uuid::from_u128(6)),
                name: Some("Ana".to_owned()),
            },
            Name {
                person: PersonId(Uuid::from_u128(7)),
                name: None,
            },
        ],
        names_version: 13,
    })
}

fn holding() -> Holding {
    Holding {
        id: id(5),
        kind: Kind::WorkOrder,
        heads: vec![ChangeHash([8; 32])],
    }
}

fn frames() -> Vec<(&'static str, Vec<Frame>)> {
    let items = vec![
        Item::Enter {
            id: id(3),
            kind: Kind::Part,
            snapshot: vec![0x85, 0x6f],
        },
        Item::Update {
            id: id(4),
            kind: Kind::WorkOrder,
            changes: vec![vec![0x85, 0x6f].into()],
        },
        Item::Leave { id: id(5) },
    ];
    let filling = Cursor::Filling {
        base: 1_000,
        from_window: 9,
        stage: 2,
        after: Some(id(5)),
        done: 40,
        unsure_window: 0,
    };
    let catching = Cursor::Catching {
        base: 1_000,
        sent: 1_200,
        done: 40,
        filled_from: None,
    };
    let filled = Cursor::Catching {
        base: 1_000,
        sent: 1_200,
        done: 40,
        filled_from: Some(9),
    };
    let one = |frame| vec![frame];
    vec![
        ("empty", vec![]),
        ("hello", one(hello())),
        (
            "hello_first",
            one(Frame::Hello(Hello {
                protocol: PROTOCOL,
                incarnation: Incarnation(Uuid::from_u128(1)),
                epoch: None,
                cursor: Cursor::Start,
                window: 0,
                pending: 0,
                digest: None,
                names: 0,
                at: Timestamp(1_790_000_000_000),
                page_bytes_max: 1 << 20,
            })),
        ),
        ("hello_filling", one(hello_at(filling))),
        ("hello_catching", one(hello_at(catching))),
        ("hello_filled", one(hello_at(filled))),
        ("welcome", one(welcome())),
        (
            "welcome_window",
            one(Frame::Welcome(Welcome {
                protocol: PROTOCOL,
                epoch: Epoch(Uuid::from_u128(2)),
                head: 1_000_000,
                window: Some(Window {
                    version: 9,
                    channels: vec!["open".to_owned(), "ref".to_owned()],
                }),
                at: Timestamp(1_790_000_000_000),
                roles: Some([crate::model::Role::Technician].into_iter().collect()),
            })),
        ),
        ("push_empty", one(Frame::Push(Push::default()))),
        (
            "push",
            one(Frame::Push(Push {
                batch: 1,
                on_behalf: false,
                documents: vec![Pushed {
                    id: id(5),
                    kind: Kind::WorkOrder,
                    changes: vec![vec![0x85, 0x6f, 0x4a, 0x83].into()],
                }],
            })),
        ),
        (
            "verdicts",
            one(Frame::Verdicts(Verdicts {
                batch: 1,
                verdicts: vec![
                    Verdict::Accepted,
                    Verdict::Flagged {
                        codes: vec!["status".to_owned()],
                    },
                    Verdict::Refused {
                        code: "not_permitted".to_owned(),
                    },
                    Verdict::Missing,
                    Verdict::Fork,
                ],
            })),
        ),
        ("page", one(page(items))),
        (
            "sums",
            one(Frame::Sums(Sums(vec![Digest([0; 16]), Digest([7; 16])]))),
        ),
        (
            "differ",
            one(Frame::Differ(Differ {
                buckets: vec![1, 255],
                head: 1_000_000,
            })),
        ),
        (
            "holdings",
            one(Frame::Holdings(Holdings {
                buckets: vec![5],
                documents: vec![holding()],
            })),
        ),
        (
            "repair",
            one(Frame::Repair(Repair {
                items: vec![Item::Leave { id: id(3) }],
                wants: vec![holding()],
            })),
        ),
        (
            "problem",
            one(Frame::Problem(Problem {
                code: "revoked".to_owned(),
                message: "the device was revoked".to_owned(),
                retry_after_s: 0,
            })),
        ),
    ]
}

fn unhex(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap()
}

fn vector(wanted: &str) -> Vec<u8> {
    let mut lines = VECTORS.lines().filter_map(|line| line.split_once(' '));
    let found = lines.find(|(name, _)| *name == wanted);
    unhex(found.unwrap_or_else(|| panic!("{wanted}")).1)
}

#[test]
fn frames_are_written_as_documented() {
    let line = |(name, frames): &(&str, Vec<Frame>)| {
        let message = encode(frames).unwrap();
        assert_eq!(message[3], 0, "{name} is too long to be shown plainly");
        format!("{name} {}", data_encoding::HEXLOWER.encode(&message))
    };
    let written: Vec<_> = frames().iter().map(line).collect();

    let documented: Vec<_> = VECTORS
        .lines()
        .filter(|line| !line.starts_with("packed_"))
        .collect();
    assert_eq!(written, documented, "\n{}\n", written.join("\n"));
}

#[test]
fn what_is_documented_is_read_as_written() {
    for (name, frames) in frames() {
        assert_eq!(
            decode(&vector(name), &Limits::REQUEST),
            Ok(frames),
            "{name}"
        );
    }
}

/// Compressors of other versions pack otherwise, so this one is only read.
#[test]
fn a_packed_message_is_read_as_documented() {
    let sums = Frame::Sums(Sums(vec![Digest([7; 16]); 256]));

    assert_eq!(
        decode(&vector("packed_sums"), &Limits::REQUEST),
        Ok(vec![sums])
    );
}
