//! The registry over a real file.

use std::collections::BTreeSet;

use ronde_core::model::{
    ChangeHash, DeviceId, DocumentId, Epoch, Incarnation, Kind, PersonId, Role, SiteId, Timestamp,
};

use super::{
    code::{self, Applicant, Invitation},
    device, name,
    quarantine::{self, State},
    setting, token, window, *,
};
use crate::{
    fixture::TestWorld,
    log::SqliteLog,
    secret::{Code, Token},
};

const NOW: Timestamp = TestWorld::START;
const ANA: PersonId = PersonId(Uuid::from_u128(0xa));
const BEN: PersonId = PersonId(Uuid::from_u128(0xb));
const LIFE_MS: i64 = 600_000;

struct Desk {
    registry: Registry,
    world: TestWorld,
    folder: tempfile::TempDir,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.sqlite");
    SqliteLog::create(&path, SiteId(Uuid::nil()), Epoch(Uuid::nil()), NOW).unwrap();
    Desk {
        registry: Registry::open(&path).unwrap(),
        world: TestWorld::new(1),
        folder,
    }
}

impl Desk {
    fn invite(&mut self, person: PersonId) -> Code {
        let code = Code::fresh(&self.world);
        let invitation = Invitation {
            person,
            roles: [Role::Technician].into_iter().collect(),
            expires_at: NOW.plus_ms(LIFE_MS),
        };
        self.registry
            .write(|tx| code::issue(tx, &code, &invitation))
            .unwrap();
        code
    }

    fn enrol(
        &mut self,
        code: &Code,
        device: u128,
        incarnation: u128,
        at: Timestamp,
    ) -> Result<Token, code::Refused> {
        let token = Token::fresh(&self.world);
        let applicant = Applicant {
            device: id(device),
            name: "Téléphone d'Ana".into(),
            incarnation: Incarnation(Uuid::from_u128(incarnation)),
        };
        let answer = self
            .registry
            .write(|tx| code::redeem(tx, code, &applicant, &token, at));
        answer.unwrap().map(|_| token)
    }

    fn bearer(&self, token: &Token) -> Option<token::Bearer> {
        self.registry.read(|tx| token::bearer(tx, token)).unwrap()
    }
}

fn id(device: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(device))
}

#[test]
fn a_code_gives_a_device_its_token() {
    let mut desk = desk();
    let code = desk.invite(ANA);

    let token = desk.enrol(&code, 1, 11, NOW).unwrap();

    let bearer = desk.bearer(&token).unwrap();
    assert_eq!((bearer.device, bearer.person), (id(1), ANA));
    assert!(!bearer.revoked);
    assert_eq!(desk.bearer(&Token::fresh(&desk.world)), None);
    let owner = desk
        .registry
        .read(|tx| device::of_incarnation(tx, Incarnation(Uuid::from_u128(11))));
    assert_eq!(owner.unwrap(), Some(id(1)));
}

#[test]
fn a_code_works_once_and_for_its_life() {
    let mut desk = desk();
    let (code, late) = (desk.invite(ANA), desk.invite(ANA));
    desk.enrol(&code, 1, 11, NOW).unwrap();

    let replayed = desk.enrol(&code, 2, 22, NOW);
    let guessed_device = desk.enrol(&code, 1, 99, NOW);
    let expired = desk.enrol(&late, 2, 22, NOW.plus_ms(LIFE_MS));
    let unknown = Code::fresh(&desk.world);

    assert_eq!(replayed.unwrap_err(), code::Refused::Used);
    assert_eq!(guessed_device.unwrap_err(), code::Refused::Used);
    assert_eq!(expired.unwrap_err(), code::Refused::Expired);
    assert_eq!(
        desk.enrol(&unknown, 2, 22, NOW).unwrap_err(),
        code::Refused::Wrong
    );
    let devices = desk.registry.read(device::list).unwrap();
    assert_eq!(devices.len(), 1);
}

#[test]
fn a_device_whose_answer_was_lost_asks_again() {
    let mut desk = desk();
    let code = desk.invite(ANA);
    let lost = desk.enrol(&code, 1, 11, NOW).unwrap();

    let token = desk.enrol(&code, 1, 11, NOW.plus_ms(5_000)).unwrap();

    assert!(desk.bearer(&token).is_some());
    assert_eq!(desk.bearer(&lost), None);
}

#[test]
fn a_device_stays_its_person_s_and_an_incarnation_its_device_s() {
    let mut desk = desk();
    let (ana, ben, again) = (desk.invite(ANA), desk.invite(BEN), desk.invite(ANA));
    desk.enrol(&ana, 1, 11, NOW).unwrap();

    let other_person = desk.enrol(&ben, 1, 12, NOW);
    let other_device = desk.enrol(&ben, 2, 11, NOW);

    assert_eq!(other_person.unwrap_err(), code::Refused::DeviceTaken);
    assert_eq!(other_device.unwrap_err(), code::Refused::IncarnationTaken);
    desk.enrol(&again, 1, 12, NOW).unwrap();
    desk.enrol(&ben, 2, 22, NOW).unwrap();
    let bound = |desk: &mut Desk, device| {
        let incarnation = Incarnation(Uuid::from_u128(12));
        desk.registry
            .write(|tx| device::bind(tx, incarnation, id(device), NOW))
            .unwrap()
    };
    assert!(bound(&mut desk, 1));
    assert!(!bound(&mut desk, 2));
}

#[test]
fn a_revoked_device_is_known_and_refused_until_reinstated() {
    let mut desk = desk();
    let (code, again) = (desk.invite(ANA), desk.invite(ANA));
    let token = desk.enrol(&code, 1, 11, NOW).unwrap();

    let revoked = desk.registry.write(|tx| device::revoke(tx, id(1), NOW));
    let refused = desk.enrol(&again, 1, 11, NOW);

    assert!(revoked.unwrap());
    assert!(desk.bearer(&token).unwrap().revoked);
    assert_eq!(refused.unwrap_err(), code::Refused::Revoked);
    desk.registry
        .write(|tx| device::revoke(tx, id(1), NOW.plus_ms(9)))
        .unwrap();
    let since = desk.registry.read(|tx| device::get(tx, id(1))).unwrap();
    assert_eq!(since.unwrap().revoked_at, Some(NOW));
    let reinstated = desk.registry.write(|tx| device::reinstate(tx, id(1)));
    assert!(reinstated.unwrap());
    assert!(!desk.bearer(&token).unwrap().revoked);
    let unknown = desk.registry.write(|tx| device::revoke(tx, id(9), NOW));
    assert!(!unknown.unwrap());
}

#[test]
fn no_code_outlives_a_restore_or_its_use() {
    let mut desk = desk();
    let old = desk.invite(ANA);

    desk.registry
        .write(|tx| code::forget(tx, NOW.plus_ms(LIFE_MS + 1)))
        .unwrap();
    assert_eq!(
        desk.enrol(&old, 1, 11, NOW).unwrap_err(),
        code::Refused::Wrong
    );
    let voided = desk.invite(ANA);
    desk.registry.write(code::void_all).unwrap();

    let refused = desk.enrol(&voided, 1, 11, NOW);
    assert_eq!(refused.unwrap_err(), code::Refused::Wrong);
}

#[test]
fn an_erased_name_is_news_and_gone_from_the_file() {
    let mut desk = desk();
    let code = desk.invite(ANA);
    desk.enrol(&code, 1, 11, NOW).unwrap();
    desk.registry
        .write(|tx| {
            // Long enough that what replaces it covers only a part.
            name::set(tx, ANA, &"Zyxwvut ".repeat(15))?;
            name::set(tx, BEN, "Ben")?;
            name::set(tx, BEN, "Benoît")
        })
        .unwrap();

    // The last connection's end moves the names from the WAL to the file.
    let path = desk.folder.path().join("log.sqlite");
    drop(desk.registry);
    desk.registry = Registry::open(&path).unwrap();
    let erased = desk.registry.write(|tx| name::erase(tx, ANA, NOW));

    assert!(erased.unwrap());
    assert!(
        !desk
            .registry
            .write(|tx| name::erase(tx, PersonId(Uuid::nil()), NOW))
            .unwrap()
    );
    let news = desk.registry.read(|tx| name::since(tx, 3)).unwrap();
    assert_eq!((news.len(), news[0].person, &news[0].name), (1, ANA, &None));
    assert_eq!(
        desk.registry.read(|tx| name::find(tx, "Benoît")).unwrap(),
        [BEN]
    );
    let device = desk
        .registry
        .read(|tx| device::get(tx, id(1)))
        .unwrap()
        .unwrap();
    assert_eq!((device.name, device.revoked_at), (None, Some(NOW)));
    drop(desk.registry);
    let bytes = std::fs::read(&path).unwrap();
    for secret in ["Zyxwvut", "Téléphone d'Ana"] {
        let secret = secret.as_bytes();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn a_refused_change_is_kept_and_what_was_decided_stands() {
    let mut desk = desk();
    let refused = quarantine::Refused {
        document: DocumentId(Uuid::from_u128(1)),
        hash: ChangeHash([1; 32]),
        kind: Kind::WorkOrder,
        actor: Incarnation(Uuid::from_u128(2)),
        actor_seq: 3,
        bytes: vec![1, 2, 3],
        device: id(4),
        code: "role".into(),
        detail: "work_order/assignee".into(),
        received_at: NOW,
        state: State::Open,
    };
    let (document, hash) = (refused.document, refused.hash);
    let keep = |desk: &mut Desk, refused: &quarantine::Refused| {
        desk.registry
            .write(|tx| quarantine::keep(tx, refused))
            .unwrap();
    };
    keep(&mut desk, &refused);
    keep(&mut desk, &refused);

    let open = desk.registry.read(|tx| quarantine::open_of(tx, id(4)));
    assert_eq!(open.unwrap(), std::slice::from_ref(&refused));
    desk.registry
        .write(|tx| quarantine::decide(tx, document, hash, State::Dismissed))
        .unwrap();
    keep(&mut desk, &refused);

    let open = desk.registry.read(|tx| quarantine::open_of(tx, id(4)));
    assert_eq!(open.unwrap(), []);
    let kept = desk.registry.read(|tx| quarantine::get(tx, document, hash));
    assert_eq!(kept.unwrap().unwrap().state, State::Dismissed);
}

#[test]
fn a_window_version_stands_for_one_set_of_channels() {
    let mut desk = desk();
    let set = |names: &[&str]| {
        names
            .iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>()
    };
    let (small, large) = (set(&["reference"]), set(&["reference", "open"]));
    let version = |desk: &mut Desk, channels: &BTreeSet<String>| {
        desk.registry
            .write(|tx| window::version(tx, channels))
            .unwrap()
    };

    let (first, second) = (version(&mut desk, &small), version(&mut desk, &large));

    assert_ne!(first, second);
    assert_eq!(version(&mut desk, &set(&["open", "reference"])), second);
    let channels = |version| desk.registry.read(|tx| window::channels(tx, version));
    assert_eq!(channels(second).unwrap(), Some(large));
    assert_eq!(channels(77).unwrap(), None);
}

#[test]
fn a_setting_is_kept_and_counts() {
    let mut desk = desk();

    let sums = desk.registry.write(|tx| {
        setting::set(tx, setting::SITE_NAME, "Usine")?;
        let first = setting::add(tx, setting::NUMBER_LEAP, 1_000)?;
        Ok((first, setting::add(tx, setting::NUMBER_LEAP, 1_000)?))
    });

    assert_eq!(sums.unwrap(), (1_000, 2_000));
    let name = desk
        .registry
        .read(|tx| setting::get(tx, setting::SITE_NAME));
    assert_eq!(name.unwrap().as_deref(), Some("Usine"));
}
