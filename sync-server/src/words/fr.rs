//! Français.

use super::{device, faults, heads, list, proofs, roles};
use crate::{
    admin::Refusal,
    control::{Answer, RebuiltSite, RestoredSite},
    fill::Report,
};

/// The help texts by command and argument; "" is the program itself.
pub(crate) const HELP: &[(&str, &str, &str)] = &[
    ("roles", "", "Changer ce que quelqu'un peut faire"),
    ("roles", "data", "Dossier de données"),
    ("roles", "site", "Code du site, s'il y en a plusieurs"),
    ("rebuild", "data", "Dossier de données"),
    (
        "demo",
        "",
        "Une usine, ce relais et trois techniciens qui perdent le réseau",
    ),
    (
        "demo",
        "data",
        "Dossier de l'usine et des personnes ; un nouveau si rien n'est dit",
    ),
    ("demo", "listen", "Adresse d'écoute"),
    (
        "demo",
        "no_serve",
        "S'arrêter quand l'histoire est racontée",
    ),
    ("roles", "person", "Nom ou identifiant de la personne"),
    (
        "roles",
        "roles",
        "Rôles sur le site, séparés par des virgules ; vide pour aucun",
    ),
    (
        "rebuild",
        "",
        "Dériver à nouveau documents, vues et flux des journaux (relais arrêté)",
    ),
    (
        "",
        "",
        "Le relais : il reçoit, garde et distribue ce que font les appareils",
    ),
    ("", "json", "Réponses et erreurs en JSON"),
    ("", "lang", "Langue des messages"),
    (
        "init",
        "",
        "Créer un site (et le dossier de données au besoin)",
    ),
    ("init", "data", "Dossier de données"),
    (
        "init",
        "site",
        "Code du site : 1 à 16 caractères parmi A-Z, 0-9 et -",
    ),
    ("init", "name", "Nom affiché du site"),
    (
        "init",
        "time_zone",
        "Fuseau horaire IANA, par exemple Europe/Paris",
    ),
    (
        "init",
        "url",
        "Adresse à laquelle les appareils joignent le relais",
    ),
    (
        "serve",
        "",
        "Servir les appareils jusqu'à Ctrl-C ou SIGTERM",
    ),
    ("serve", "data", "Dossier de données"),
    ("serve", "listen", "Adresse d'écoute"),
    ("code", "", "Créer un code d'enrôlement à usage unique"),
    ("code", "data", "Dossier de données"),
    ("code", "site", "Code du site, s'il y en a plusieurs"),
    ("code", "person", "Nom de la personne, ou son identifiant"),
    (
        "code",
        "roles",
        "Rôles sur le site, séparés par des virgules",
    ),
    ("code", "minutes", "Durée de vie du code, en minutes"),
    ("code", "url", "Adresse du relais pour ce lien"),
    ("devices", "", "Lister les appareils"),
    ("devices", "data", "Dossier de données"),
    ("devices", "site", "Seulement ceux de ce site"),
    ("revoke", "", "Exclure un appareil dès sa prochaine requête"),
    ("revoke", "data", "Dossier de données"),
    (
        "revoke",
        "device",
        "Identifiant, début d'identifiant ou nom de l'appareil",
    ),
    ("reinstate", "", "Réadmettre un appareil exclu"),
    ("reinstate", "data", "Dossier de données"),
    (
        "reinstate",
        "device",
        "Identifiant, début d'identifiant ou nom de l'appareil",
    ),
    (
        "import",
        "",
        "Remplir un site depuis le fichier CSV d'un autre système, en entier ou pas du tout",
    ),
    ("import", "data", "Dossier de données"),
    (
        "import",
        "kind",
        "Ce que contient le fichier ; à importer dans l'ordre donné ici",
    ),
    ("import", "file", "Fichier CSV ; - lit l'entrée standard"),
    ("import", "site", "Code du site, s'il y en a plusieurs"),
    (
        "import",
        "map",
        "Colonne à lire pour un champ, sous la forme champ=Colonne",
    ),
    ("import", "dry_run", "Dire seulement ce qui serait fait"),
    ("verify", "", "Prouver chaque entrée des journaux"),
    ("verify", "data", "Dossier de données"),
    ("verify", "site", "Seulement ce site"),
    (
        "verify",
        "expect",
        "Tête notée auparavant, sous la forme SEQ:CHAÎNE",
    ),
    ("backup", "", "Copier les données, même pendant le service"),
    ("backup", "data", "Dossier de données"),
    ("backup", "to", "Dossier à créer"),
    (
        "restore",
        "",
        "Remettre une sauvegarde en place (relais arrêté)",
    ),
    ("restore", "data", "Dossier de données"),
    ("restore", "from", "Dossier de la sauvegarde"),
    (
        "restore",
        "force",
        "Mettre de côté les sites présents et les remplacer",
    ),
];

pub(super) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Founded(site) => format!("le site {} est prêt ({})", site.site, site.id),
        Answer::Code(code) => {
            let reach = if code.reachable {
                ""
            } else {
                "\nles téléphones ne joignent pas cette adresse : donnez celle du relais avec --url"
            };
            format!(
                "code    {}\nlien    {}\nexpire  {}{reach}",
                code.code, code.url, code.expires
            )
        }
        Answer::Person(line) => format!("{} : {}", line.person, roles(&line.roles)),
        Answer::Rebuilt(rebuilt) => {
            let line = |site: &RebuiltSite| {
                format!(
                    "{} : {} documents dérivés du journal",
                    site.site, site.documents
                )
            };
            rebuilt
                .sites
                .iter()
                .map(line)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Answer::Devices(lines) if lines.is_empty() => "aucun appareil n'est enrôlé".into(),
        Answer::Devices(lines) => {
            let lines: Vec<_> = lines.iter().map(|l| device(l, "exclu")).collect();
            lines.join("\n")
        }
        Answer::Revoked(line) => format!("exclu : {}", device(line, "exclu")),
        Answer::Reinstated(line) => format!("réadmis : {}", device(line, "exclu")),
        Answer::Imported(report) => imported(report),
        Answer::Verified(all) => format!(
            "chaque entrée est prouvée, les données dérivées sont exactes ; notez ces têtes ailleurs :\n{}",
            heads(all)
        ),
        Answer::BackedUp(copied) => {
            format!(
                "copié dans {}, prouvé :\n{}",
                copied.to,
                proofs(&copied.sites)
            )
        }
        Answer::Restored(sites) => {
            let lines: Vec<_> = sites.iter().map(restored).collect();
            lines.join("\n")
        }
    }
}

fn imported(report: &Report) -> String {
    let rows = report.rows;
    if !report.errors.is_empty() {
        return format!(
            "rien n'a été importé ; corrigez puis recommencez :\n{}",
            faults(report, "ligne", "colonne")
        );
    }
    let begin = if report.dry_run {
        "serait importé"
    } else {
        "importé"
    };
    let (created, updated, kept) = (report.created, report.updated, report.kept);
    let mut lines = vec![format!(
        "{begin} : {rows} lignes ; documents créés : {created}, mis à jour : {updated}"
    )];
    if kept > 0 {
        lines.push(format!("laissés tels que modifiés depuis : {kept}"));
    }
    if !report.ignored.is_empty() {
        lines.push(format!(
            "colonnes non utilisées : {}",
            list(&report.ignored)
        ));
    }
    lines.join("\n")
}

fn restored(site: &RestoredSite) -> String {
    let aside = site.replaced.as_ref().map_or(String::new(), |path| {
        format!("\n  ce qui s'y trouvait est dans {path}")
    });
    format!(
        "le site {} est revenu à l'entrée {} ; les appareils offriront le plus récent.\n  \
                     exclus à nouveau : {} ; relisez `devices`{aside}",
        site.proof.site,
        site.proof.seq,
        list(&site.revoked_again)
    )
}

pub(super) fn refusal(refusal: &Refusal) -> (String, &'static str) {
    match refusal {
        Refusal::NoData { path } => (
            format!("aucune donnée de relais dans {path}"),
            "créez-les avec `init`, ou donnez le bon --data",
        ),
        Refusal::InUse { path } => (
            format!("un autre programme utilise {path}"),
            "arrêtez-le d'abord, ou attendez qu'il ait fini",
        ),
        Refusal::SiteTaken { site } => {
            (format!("le site {site} existe"), "choisissez un autre code")
        }
        Refusal::SiteUnknown { site, known } => (
            format!("pas de site {site} ; il y a : {}", list(known)),
            "donnez l'un d'eux avec --site",
        ),
        Refusal::SiteNeeded { known } => (
            format!("quel site ? il y a : {}", list(known)),
            "donnez-en un avec --site",
        ),
        Refusal::DeviceUnknown { device } => (
            format!("aucun appareil ne s'appelle {device}"),
            "`devices` les liste",
        ),
        Refusal::DeviceAmbiguous { device } => (
            format!("plusieurs appareils s'appellent {device}"),
            "donnez l'identifiant que montre `devices`",
        ),
        Refusal::PersonAmbiguous { person } => (
            format!("plusieurs personnes s'appellent {person}"),
            "donnez l'identifiant de la personne",
        ),
        Refusal::PersonUnknown { person } => (
            format!("personne n'a l'identifiant {person}"),
            "donnez plutôt un nom",
        ),
        Refusal::Damaged { site, seq, defect } => {
            let defect = match defect.as_str() {
                "missing" => "manquante",
                "altered" => "altérée",
                _ => "étrangère",
            };
            (
                format!("le journal du site {site} est abîmé : entrée {seq} {defect}"),
                "gardez les fichiers tels quels et restaurez une sauvegarde",
            )
        }
        Refusal::DerivedDiffers { site } => (
            format!("les données dérivées du site {site} ne sont pas ce que dit son journal"),
            "arrêtez le relais et lancez `rebuild` ; le journal est intact",
        ),
        Refusal::Demo { cause } => (
            format!("la démonstration s'est arrêtée : {cause}"),
            "recommencez dans un autre dossier avec --data",
        ),
        Refusal::HeadDiffers { site, seq } => (
            format!(
                "le journal du site {site} n'est pas celui dont la tête fut notée à l'entrée {seq}"
            ),
            "il a été réécrit ou restauré : comparez avec une sauvegarde",
        ),
        Refusal::Exists { path } => (
            format!("{path} existe et n'a pas été touché"),
            "choisissez un autre endroit ; `restore --force` met de côté les données d'un site",
        ),
        Refusal::NotABackup { path } => (
            format!("pas de sauvegarde dans {path}"),
            "donnez le dossier créé par `backup`",
        ),
        Refusal::Unread { path, cause } => (
            format!("impossible de lire {path} : {cause}"),
            "donnez le fichier CSV, ou - pour l'entrée standard",
        ),
        Refusal::Listen { address, cause } => (
            format!("impossible d'écouter sur {address} : {cause}"),
            "choisissez une autre adresse avec --listen",
        ),
        Refusal::Invalid { code, message } => {
            let message = match code.as_str() {
                "time_zone" => "un fuseau horaire est un nom IANA comme Europe/Paris",
                "url" => "une adresse ressemble à https://ronde.example.org",
                "head" => "une tête s'écrit SEQ:CHAÎNE, comme l'affiche verify",
                "map" => "--map s'écrit champ=Colonne, une fois par champ",
                "text_long" => "le texte est trop long",
                "text_characters" => "le texte contient des caractères invisibles",
                _ => message,
            };
            (message.to_owned(), "voyez --help")
        }
        Refusal::NewerSchema { found, known } => (
            format!(
                "un programme plus récent a écrit ces données (version {found}, connue ici : {known})"
            ),
            "installez le programme plus récent ; rien n'a été touché",
        ),
        Refusal::StorageFull => (
            "le disque est plein".into(),
            "libérez de la place ; rien n'est perdu",
        ),
        Refusal::Storage { cause } => (cause.clone(), "vérifiez le disque et les droits"),
    }
}
