//! Commands against a relay of two sites, without a process.

use ronde_core::model::{DeviceId, Epoch, Incarnation, Role, Roles};
use uuid::Uuid;

use super::*;
use crate::{
    control::{Copied, DeviceLine, IssuedCode, RestoredSite},
    data::Data,
    fixture::{Plant, TestWorld, plant},
    log::{Log, SqliteLog},
    registry::{Registry, code::Applicant, setting, token},
    secret::{Code, Token},
};

fn code_for(site: Option<&str>, person: &str) -> Command {
    Command::Code {
        site: site.map(|code| code.parse().unwrap()),
        person: person.into(),
        roles: [Role::Technician].into_iter().collect::<Roles>(),
        minutes: 10,
        url: None,
    }
}

fn issued(plant: &Plant, site: &str, person: &str) -> IssuedCode {
    match run(&plant.relay, code_for(Some(site), person)) {
        Ok(Answer::Code(code)) => code,
        other => panic!("{other:?}"),
    }
}

/// Enrols device number `device` and gives back its token.
fn enrolled(plant: &Plant, site: &str, device: u128, name: &str) -> Token {
    let code = Code::parse(&issued(plant, site, "Ana").code).unwrap();
    let applicant = Applicant {
        device: DeviceId(Uuid::from_u128(device)),
        name: name.into(),
        incarnation: Incarnation(Uuid::from_u128(device + 1_000)),
    };
    plant.relay.enrol(None, &code, &applicant).unwrap().token
}

fn devices(plant: &Plant) -> Vec<DeviceLine> {
    match run(&plant.relay, Command::Devices { site: None }) {
        Ok(Answer::Devices(lines)) => lines,
        other => panic!("{other:?}"),
    }
}

fn revoke(plant: &Plant, device: &str) -> Result<Answer, Refusal> {
    let device = device.into();
    run(&plant.relay, Command::Revoke { device })
}

fn copied(plant: &Plant, name: &str) -> Copied {
    let to = plant.path().join(name).display().to_string();
    match run(&plant.relay, Command::Backup { to }) {
        Ok(Answer::BackedUp(copied)) => copied,
        other => panic!("{other:?}"),
    }
}

fn restored(data: &Data, from: &str, force: bool) -> Result<Vec<RestoredSite>, Refusal> {
    // Another seed than the plant's, as another run of the program has.
    match restore(data, from.as_ref(), force, &TestWorld::new(2))? {
        Answer::Restored(sites) => Ok(sites),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_names_its_site_and_keeps_out_of_server_logs() {
    let plant = plant();

    let code = issued(&plant, "NORD", "Ana");

    let link = format!("http://127.0.0.1:8640/enrol#site=NORD&code={}", code.code);
    assert_eq!((code.url, code.reachable), (link, false));
    assert_eq!(code.expires, TestWorld::START.plus_ms(600_000));
    let again = issued(&plant, "NORD", "Ana");
    assert_eq!(again.person, code.person);
    assert_eq!(
        issued(&plant, "NORD", &code.person.to_string()).person,
        code.person
    );
    assert_ne!(issued(&plant, "NORD", "Ben").person, code.person);
}

#[test]
fn a_command_that_leaves_doubt_is_refused() {
    let plant = plant();
    let stranger = Uuid::nil().to_string();
    let cases = [
        (code_for(None, "Ana"), "site_needed"),
        (code_for(Some("SUD"), "Ana"), "site_unknown"),
        (code_for(Some("NORD"), &stranger), "person_unknown"),
        (code_for(Some("NORD"), "a\u{202e}b"), "text_characters"),
    ];
    for (command, code) in cases {
        let refused = run(&plant.relay, command).unwrap_err();

        assert_eq!(refused.code(), code);
    }
}

#[test]
fn a_site_begins_once_and_with_a_real_time_zone() {
    let plant = plant();
    let init = |site: &str, time_zone: &str, url: Option<&str>| {
        let command = Command::Init {
            site: site.parse().unwrap(),
            name: "Sud".into(),
            time_zone: time_zone.into(),
            url: url.map(Into::into),
        };
        run(&plant.relay, command).map_err(|refusal| refusal.code().to_owned())
    };

    assert_eq!(
        init("SUD", "Europe/Atlantis", None).unwrap_err(),
        "time_zone"
    );
    assert_eq!(
        init("SUD", "Europe/Paris", Some("ftp://x")).unwrap_err(),
        "url"
    );
    init("SUD", "Europe/Paris", Some("https://relais.example/")).unwrap();

    assert_eq!(init("SUD", "Europe/Paris", None).unwrap_err(), "site_taken");
    let code = issued(&plant, "SUD", "Ana");
    assert!(code.reachable);
    assert!(code.url.starts_with("https://relais.example/enrol#"));
    assert_eq!(plant.reopened().site("SUD").name(), "Sud");
}

#[test]
fn a_device_is_found_by_id_beginning_or_name_and_never_guessed() {
    let plant = plant();
    enrolled(&plant, "NORD", 0xaaaa_aaaa << 96, "Tablette");
    enrolled(&plant, "EST", 0xaaaa_aaab << 96, "Tablette");
    enrolled(&plant, "EST", 0xbbbb_bbbb << 96, "Téléphone");

    let refused = |asked| revoke(&plant, asked).unwrap_err().code().to_owned();
    assert_eq!(refused("Tablette"), "device_ambiguous");
    assert_eq!(refused("aaaaaa"), "device_ambiguous");
    assert_eq!(refused("bbbb"), "device_unknown");
    assert!(
        devices(&plant)
            .iter()
            .all(|d| d.device.revoked_at.is_none())
    );

    for asked in [
        "AAAAAAAA",
        "Téléphone",
        "aaaaaaab-0000-0000-0000-000000000000",
    ] {
        revoke(&plant, asked).unwrap();
    }
    let lines = devices(&plant);
    assert!(lines.iter().all(|d| d.device.revoked_at.is_some()));
    assert_eq!(lines[0].person_name.as_deref(), Some("Ana"));
    let device = "Téléphone".into();
    run(&plant.relay, Command::Reinstate { device }).unwrap();
    let in_again = devices(&plant);
    let in_again = in_again.iter().filter(|d| d.device.revoked_at.is_none());
    assert_eq!(in_again.count(), 1);
}

#[test]
fn verify_proves_the_logs_and_compares_a_noted_head() {
    let plant = plant();
    plant.append("NORD", 3);
    let verify = |site: Option<&str>, expect: Option<String>| {
        let site = site.map(|code| code.parse().unwrap());
        run(&plant.relay, Command::Verify { site, expect })
    };
    let Ok(Answer::Verified(proofs)) = verify(None, None) else {
        panic!("not verified");
    };
    let nord = &proofs.sites[1];
    assert_eq!((nord.site.to_string().as_str(), nord.head_seq), ("NORD", 4));
    let noted = format!("4:{}", nord.chain);
    plant.append("NORD", 1);

    assert!(verify(Some("NORD"), Some(noted.clone())).is_ok());
    let other = noted.replace("4:", "3:");
    let code = |answer: Result<_, Refusal>| answer.unwrap_err().code().to_owned();
    assert_eq!(code(verify(Some("NORD"), Some(other))), "head_differs");
    assert_eq!(code(verify(None, Some(noted))), "site_needed");
    assert_eq!(code(verify(Some("NORD"), Some("3".into()))), "head");
    plant.damage("EST");
    assert_eq!(code(verify(None, None)), "damaged");
    assert!(verify(Some("NORD"), None).is_ok());
}

#[test]
fn a_file_that_cannot_be_opened_stops_only_its_own_site() {
    let plant = plant();
    let path = plant.relay.data().log(plant.site("NORD").code());
    let plant = plant.with_file(
        &path,
        b"not a database at all, but long enough to be read as one",
    );

    let verify = |site: &str| {
        let site = Some(site.parse().unwrap());
        run(&plant.relay, Command::Verify { site, expect: None })
    };

    assert!(verify("EST").is_ok());
    assert_eq!(verify("NORD").unwrap_err().code(), "storage");
}

#[test]
fn a_backup_is_proven_and_overwrites_nothing() {
    let plant = plant();
    plant.append("NORD", 5);

    let backup = copied(&plant, "backup");

    assert_eq!(backup.sites.len(), 2);
    assert_eq!(backup.sites[1].seq, 6);
    let again = Command::Backup { to: backup.to };
    assert_eq!(run(&plant.relay, again).unwrap_err().code(), "exists");
    plant.damage("NORD");
    let to = plant.path().join("second").display().to_string();
    let refused = run(&plant.relay, Command::Backup { to: to.clone() });
    assert_eq!(refused.unwrap_err().code(), "damaged");
    assert!(!std::path::Path::new(&to).exists());
}

#[test]
fn a_restored_site_goes_on_in_a_new_life() {
    let plant = plant();
    plant.append("NORD", 5);
    let token = enrolled(&plant, "NORD", 1, "Téléphone");
    let open = Code::parse(&issued(&plant, "NORD", "Ben").code).unwrap();
    let before = plant.site("NORD").epoch();
    let backup = copied(&plant, "backup");
    let folder = tempfile::tempdir().unwrap();
    let data = Data::at(folder.path());
    data.make().unwrap();

    let sites = restored(&data, &backup.to, false).unwrap();

    let code = sites[1].proof.site.clone();
    // Five entries, and a document for the site and each of the two people.
    assert_eq!((code.to_string().as_str(), sites[1].proof.seq), ("NORD", 8));
    assert_eq!(sites[1].replaced, None);
    let mut log = SqliteLog::open(&data.log(&code)).unwrap();
    assert_ne!(log.epoch(), before);
    assert_ne!(log.epoch(), Epoch(Uuid::nil()));
    let next = crate::log::contract::entry(9, 1);
    assert_eq!(log.append(&[next]).unwrap(), [9]);
    log.verify(1).unwrap();
    let registry = Registry::open(&data.log(&code)).unwrap();
    let leap = registry.read(|tx| setting::get(tx, setting::NUMBER_LEAP));
    assert_eq!(leap.unwrap().as_deref(), Some("1000"));
    assert!(
        registry
            .read(|tx| token::bearer(tx, &token))
            .unwrap()
            .is_some()
    );
    let relay = Relay::open(data, plant.world.clone(), plant.relay.limits).unwrap();
    let applicant = Applicant {
        device: DeviceId(Uuid::from_u128(2)),
        name: "Copie".into(),
        incarnation: Incarnation(Uuid::from_u128(2)),
    };
    assert!(relay.enrol(None, &open, &applicant).is_err());
}

#[test]
fn a_restore_over_data_sets_it_aside_and_keeps_newer_revocations() {
    let plant = plant();
    enrolled(&plant, "NORD", 1, "Perdu");
    let backup = copied(&plant, "backup");
    revoke(&plant, "Perdu").unwrap();
    plant.append("NORD", 2);
    let data = plant.relay.data().clone();

    let refused = restored(&data, &backup.to, false).unwrap_err();
    let sites = restored(&data, &backup.to, true).unwrap();

    assert_eq!(refused.code(), "exists");
    assert_eq!(sites[1].revoked_again, [DeviceId(Uuid::from_u128(1))]);
    let aside = sites[1].replaced.as_ref().unwrap();
    let aside = std::path::Path::new(aside).join("log.sqlite");
    assert_eq!(SqliteLog::open(&aside).unwrap().head().seq, 4);
    assert_eq!(data.sites().unwrap().len(), 2);
    let plant = plant.reopened();
    assert!(devices(&plant)[0].device.revoked_at.is_some());
    assert_eq!(plant.site("NORD").head().seq, 2);
}

#[test]
fn what_is_no_backup_or_a_damaged_one_changes_nothing() {
    let plant = plant();
    plant.append("NORD", 3);
    let backup = copied(&plant, "backup");
    let nord = Data::at(&backup.to).log(plant.site("NORD").code());
    let connection = rusqlite::Connection::open(nord).unwrap();
    connection
        .execute("UPDATE entry SET received_at_ms = 0 WHERE seq = 2", [])
        .unwrap();
    drop(connection);
    let folder = tempfile::tempdir().unwrap();
    let data = Data::at(folder.path());
    data.make().unwrap();

    let damaged = restored(&data, &backup.to, true).unwrap_err();
    let nothing = restored(&data, "/nowhere", true).unwrap_err();

    assert!(matches!(damaged, Refusal::Damaged { seq: 2, .. }));
    assert_eq!(nothing.code(), "not_a_backup");
    let nord = "NORD".parse().unwrap();
    assert!(!data.site(&nord).exists());
}
