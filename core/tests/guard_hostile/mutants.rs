//! Seeded mutants of real changes. Each is parsed and offered; what is accepted
//! is merged with other devices' honest changes in several orders, saved, loaded
//! and edited, and must come out equal everywhere.

use std::{
    panic, slice,
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ScalarValue, legacy};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use ronde_core::{
    document::{
        Document,
        work_order::{self, WorkOrder},
    },
    guard::{Author, Limits, Outcome, Parsed, admit, parse},
    model::{Kind, Timestamp},
};

use crate::{
    fleet::{NOON, actor, offer, stamp, work_together},
    forge::{body, chunk, signed, unsigned},
};

static LIBRARY_PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts the panics of the library instead of printing them.
pub fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let file = info.location().map_or("", |location| location.file());
            if file.contains("ronde") || file.contains("/tests/") {
                print(info);
            } else {
                LIBRARY_PANICS.fetch_add(1, Ordering::Relaxed);
            }
        }));
    });
}

/// One honest change with the relay's document just before it, and every
/// change the relay took after it.
struct Case {
    n: u128,
    before: Vec<u8>,
    bytes: Vec<u8>,
    later: Vec<Vec<u8>>,
}

fn corpus(seed: u64) -> Vec<Case> {
    let mut sent = Vec::new();
    work_together(seed, 24, |relay, device| {
        let mut before = relay.clone();
        for bytes in &device.unsent {
            sent.push((device.n, before.save(), bytes.clone()));
            before.apply([bytes.as_slice()]).unwrap();
        }
    });
    (0..sent.len())
        .map(|index| Case {
            n: sent[index].0,
            before: sent[index].1.clone(),
            bytes: sent[index].2.clone(),
            later: sent[index + 1..]
                .iter()
                .map(|sent| sent.2.clone())
                .collect(),
        })
        .collect()
}

fn load(saved: &[u8]) -> Document {
    Document::load(crate::fleet::empty().id(), Kind::WorkOrder, Some(saved), []).unwrap()
}

/// What a replica shows: heads, and the order with its whole history.
fn shown(document: &mut Document) -> String {
    let heads = document.heads();
    let order = WorkOrder::read(document).map(|order| serde_json::to_string(&order).unwrap());
    let entries = document.entries();
    format!("{heads:?} {:?} {}", order.ok(), entries.history().len())
}

/// Bytes altered, the checksum put right.
fn bytes_mutant(rng: &mut SmallRng, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut body = body(bytes).to_vec();
    let others = self::body(other);
    for _ in 0..rng.random_range(1..=3) {
        if body.is_empty() {
            break;
        }
        let at = rng.random_range(0..body.len());
        match rng.random_range(0..8) {
            0..=2 => body[at] ^= 1 << rng.random_range(0..8),
            3 => body[at] = rng.random(),
            4 => {
                let interesting = [0, 1, 2, 0x3f, 0x40, 0x7e, 0x7f, 0x80, 0xff];
                body[at] = interesting[rng.random_range(0..interesting.len())];
            }
            5 => body.truncate(at),
            6 => {
                let from = rng.random_range(0..others.len());
                let to = rng.random_range(from..=others.len().min(from + 24));
                let end = rng.random_range(at..=body.len().min(at + 24));
                body.splice(at..end, others[from..to].iter().copied());
            }
            _ => {
                let number = if rng.random_bool(0.5) {
                    signed(rng.random::<i64>() >> rng.random_range(0..63))
                } else {
                    unsigned(rng.random::<u64>() >> rng.random_range(0..63))
                };
                body.splice(at..=at, number);
            }
        }
    }
    chunk(1, &body)
}

fn some_id(rng: &mut SmallRng, change: &ExpandedChange) -> legacy::OpId {
    let genesis = ActorId::from([0; 16]);
    let other = ActorId::from(actor(rng.random_range(0..4)).bytes());
    let actor = [&change.actor_id, &genesis, &other][rng.random_range(0..3)];
    let near = change.start_op.get() + change.operations.len() as u64;
    let counter = match rng.random_range(0..4) {
        0 => rng.random_range(1..6),
        1 => rng.random_range(1..near + 3),
        2 => near.saturating_sub(rng.random_range(0..8)),
        _ => rng.random::<u64>() >> rng.random_range(33..60),
    };
    legacy::OpId::new(counter.max(1), actor)
}

/// One field of one operation, or of the change, altered.
fn alter(rng: &mut SmallRng, change: &mut ExpandedChange, other: &ExpandedChange) {
    use legacy::{ElementId, Key, ObjectId, OpType};
    let id = some_id(rng, change);
    if rng.random_bool(0.3) || change.operations.is_empty() {
        match rng.random_range(0..9) {
            0 => {
                change.seq = change
                    .seq
                    .wrapping_add(rng.random_range(0..3))
                    .wrapping_sub(1);
            }
            1 => {
                let start = change.start_op.get() + rng.random_range(0..3);
                change.start_op = std::num::NonZeroU64::new(start.max(2) - 1).unwrap();
            }
            2 => change.time = change.time.wrapping_add(rng.random_range(-9..9)),
            3 => change.time = rng.random(),
            4 => change.message = Some("m".repeat(rng.random_range(0..300))),
            5 => change.deps.clone_from(&other.deps),
            6 => change.deps.extend(other.deps.iter().copied()),
            7 => change.deps.push(ChangeHash(rng.random())),
            _ => change.operations.extend(other.operations.iter().cloned()),
        }
        return;
    }
    let at = rng.random_range(0..change.operations.len());
    let count = change.operations.len();
    match rng.random_range(0..14) {
        0 => drop(change.operations.remove(at)),
        1 => {
            let again = change.operations[at].clone();
            change.operations.insert(rng.random_range(0..=count), again);
        }
        2 => change.operations.swap(at, rng.random_range(0..count)),
        3 => change.operations[at].obj = ObjectId::Id(id),
        4 => change.operations[at].obj = ObjectId::Root,
        5 | 6 => change.operations[at].key = Key::Seq(ElementId::Id(id)),
        7 => change.operations[at].key = Key::head(),
        8 => change.operations[at].pred = vec![id].into(),
        9 => change.operations[at].insert ^= true,
        10 => {
            let value = [
                ScalarValue::Str("é".into()),
                ScalarValue::Str("ab".into()),
                ScalarValue::Bytes(vec![rng.random(); 3]),
                ScalarValue::Null,
                ScalarValue::counter(1),
            ];
            change.operations[at].action = OpType::Put(value[rng.random_range(0..5)].clone());
        }
        11 => change.operations[at].action = OpType::Delete,
        // A well-formed deletion of some element.
        12 => {
            change.operations[at].key = Key::Seq(ElementId::Id(id.clone()));
            change.operations[at].pred = vec![id].into();
            change.operations[at].insert = false;
            change.operations[at].action = OpType::Delete;
        }
        _ => {
            change.operations[at].pred = vec![].into();
            change.operations[at].insert = true;
            change.operations[at].key = Key::Seq(ElementId::Id(id));
            change.operations[at].action = OpType::Put(ScalarValue::Str("z".into()));
        }
    }
}

/// Altered field by field; `None` when the library cannot even write it.
fn field_mutant(rng: &mut SmallRng, bytes: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let read = |bytes: &[u8]| Change::try_from(bytes).unwrap().decode();
    let (mut change, other) = (read(bytes), read(other));
    for _ in 0..rng.random_range(1..=2) {
        alter(rng, &mut change, &other);
    }
    let written = || Change::from(change).raw_bytes().to_vec();
    panic::catch_unwind(panic::AssertUnwindSafe(written)).ok()
}

/// Merges the mutant with the honest changes that do not need the original, in
/// several orders, and edits the outcome.
fn merges_everywhere(case: &Case, mutant: &Parsed, admitted: &mut Document) {
    let honest = independent(case, mutant);
    let half = honest.len() / 2;
    let orders: [Vec<&[u8]>; 3] = [
        [vec![mutant.bytes()], honest.clone()].concat(),
        [honest.clone(), vec![mutant.bytes()]].concat(),
        [&honest[..half], &[mutant.bytes()], &honest[half..]].concat(),
    ];
    let mut first = None;
    for order in orders {
        let mut replica = load(&case.before);
        for bytes in order {
            replica.apply([bytes]).unwrap();
        }
        let before = shown(&mut replica);
        let mut loaded = load(&replica.save());
        assert_eq!(shown(&mut loaded), before, "after loading");
        let expected = first.get_or_insert_with(|| before.clone());
        assert_eq!(*expected, before, "in another order");
        for n in [9, case.n] {
            loaded.act_as(actor(n));
            work_order::comment(&mut loaded, "encore", &stamp(n, 99_000)).unwrap();
            loaded
                .set_text("note", "plus court", &stamp(n, 99_000))
                .unwrap();
            loaded.commit(Timestamp(NOON)).unwrap();
        }
        let edited = shown(&mut loaded);
        assert_eq!(shown(&mut load(&loaded.save())), edited, "after an edit");
    }
    for bytes in honest {
        admitted.apply([bytes]).unwrap();
    }
    assert_eq!(Some(shown(admitted)), first, "the admitted document");
}

/// The later changes that need neither the original nor its place.
fn independent<'a>(case: &'a Case, mutant: &Parsed) -> Vec<&'a [u8]> {
    let mut replica = load(&case.before);
    let later = case.later.iter().map(Vec::as_slice);
    later
        .filter(|bytes| {
            let change = Change::try_from(*bytes).unwrap();
            let own = change.actor_id().to_bytes() == mutant.actor().bytes();
            let mut known =
                |hash: &ChangeHash| replica.contains(&ronde_core::model::ChangeHash(hash.0));
            let independent = !own && change.deps().iter().all(&mut known);
            independent && replica.apply([*bytes]).is_ok()
        })
        .collect()
}

fn mutants_wanted() -> usize {
    let wanted = std::env::var("RONDE_MUTANTS").ok();
    wanted.map_or(20_000, |count| count.parse().unwrap())
}

#[test]
fn fault_64_65_no_mutant_of_a_change_panics_or_diverges() {
    // A small stack: nothing in the guard may recurse on what it is given.
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let run = thread.spawn(|| mutate(mutants_wanted())).unwrap();
    run.join().unwrap();
}

fn mutate(wanted: usize) {
    quieten();
    let limits = Limits::default();
    let cases: Vec<_> = (0..6).flat_map(corpus).collect();
    let (mut parsed_count, mut accepted_count, mut unaltered_count) = (0, 0, 0);
    for seed in 0..wanted {
        let mut rng = SmallRng::seed_from_u64(seed as u64);
        let case = &cases[rng.random_range(0..cases.len())];
        let other = &cases[rng.random_range(0..cases.len())].bytes;
        let mutant = if rng.random_bool(0.5) {
            Some(bytes_mutant(&mut rng, &case.bytes, other))
        } else {
            field_mutant(&mut rng, &case.bytes, other)
        };
        let Some(mutant) = mutant else { continue };
        if mutant == case.bytes {
            unaltered_count += 1;
            continue;
        }
        let Ok(mutant) = parse(&mutant, &limits) else {
            continue;
        };
        parsed_count += 1;
        let before = load(&case.before);
        let admission = if rng.random_bool(0.3) {
            admit(&before, slice::from_ref(&mutant), &Author::relay(), &limits)
        } else {
            offer(&before, slice::from_ref(&mutant), case.n)
        };
        if let Outcome::Accepted { .. } = admission.outcomes[0] {
            accepted_count += 1;
            let mut admitted = admission.document.unwrap();
            let check = || merges_everywhere(case, &mutant, &mut admitted);
            assert!(
                panic::catch_unwind(panic::AssertUnwindSafe(check)).is_ok(),
                "seed {seed} escaped the guard"
            );
        }
    }
    println!(
        "{wanted} mutants of {} changes: {unaltered_count} unaltered, {parsed_count} parsed, \
         {accepted_count} accepted, 0 escaped; {} library panics caught",
        cases.len(),
        LIBRARY_PANICS.load(Ordering::Relaxed),
    );
    assert!(
        accepted_count > wanted / 100,
        "too few are accepted to mean anything"
    );
}
