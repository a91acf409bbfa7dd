//! Delimiters, encodings and headers are found without being told, or chosen with `--map`.

use super::{read, refused, rows};
use crate::import::{Encoding, Kind, Mapping, Reason, parse};

#[test]
fn each_delimiter_is_found() {
    for delimiter in [',', ';', '\t', '|'] {
        let file = "Référence,Désignation,Stock mini\n6205-2RS,Roulement,2\n";
        let file = file.replace(',', &delimiter.to_string());

        let table = read(Kind::Parts, &file);

        assert_eq!(table.delimiter, delimiter);
        assert_eq!(rows!(table, Parts)[0].min_micro, Some(2_000_000));
    }
}

#[test]
fn delimiters_inside_a_quoted_header_do_not_count() {
    let file = "Reference;Name;\"a,b,c,d,e,f\"\nA-1;Belt;x\n";

    let table = read(Kind::Parts, file);

    assert_eq!(table.delimiter, ';');
    assert_eq!(table.ignored, ["a,b,c,d,e,f"]);
}

#[test]
fn a_spreadsheets_separator_line_is_passed_over() {
    let file = "sep=;\r\nReference;Name\r\nA-1;Belt\r\n";

    let table = read(Kind::Parts, file);

    assert_eq!(rows!(table, Parts)[0].line, 3);
}

#[test]
fn utf_8_is_read_with_and_without_its_mark() {
    let file = "Référence;Désignation\nA-1;Joint d'étanchéité œuvré\n";
    let marked = format!("\u{feff}{file}");

    for file in [file, &marked] {
        let table = read(Kind::Parts, file);

        assert_eq!(table.encoding, Encoding::Utf8);
        assert_eq!(rows!(table, Parts)[0].name, "Joint d'étanchéité œuvré");
    }
}

#[test]
fn latin_1_and_windows_1252_are_read() {
    let file =
        b"R\xe9f\xe9rence;D\xe9signation\nA-1;Joint d'\xe9tanch\xe9it\xe9 \x9cuvr\xe9 12 \x80\n";

    let table = parse(Kind::Parts, file, &Mapping::default()).unwrap();

    assert_eq!(table.encoding, Encoding::Windows1252);
    assert_eq!(rows!(table, Parts)[0].name, "Joint d'étanchéité œuvré 12 €");
}

#[test]
fn utf_16_is_named_in_its_refusal() {
    let utf_16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain("Référence;Nom\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();

    assert_eq!(
        refused(Kind::Parts, &utf_16),
        ["the file is UTF-16; save it as CSV UTF-8"]
    );
}

#[test]
fn marked_utf_8_that_is_not_is_refused_at_its_line() {
    let file = b"\xef\xbb\xbfReference;Name\nA-1;Belt\nA-2;\xe9\n";

    let errors = refused(Kind::Parts, file);

    assert_eq!(
        errors,
        ["line 3: the file says that it is UTF-8 and this line is not"]
    );
}

#[test]
fn headers_are_known_in_both_languages_whatever_their_case_and_accents() {
    let headers = [
        "Code;Titre;Code équipement;Échéance;Priorité",
        "code;TITRE;code equipement;ECHEANCE;priorite",
        "N° OT;Intitulé;Equipment;Due;Priority",
        "code;title;equipment_code;due;priority",
        " Order number ;Short text;ASSET;due date;Urgence",
    ];
    for header in headers {
        let file = format!("{header}\n12;Fuite;POMPE-1;31/03/2026;urgente\n");

        let orders = rows!(read(Kind::WorkOrders, &file), WorkOrders);

        assert_eq!(orders[0].code.as_deref(), Some("12"), "{header}");
        assert_eq!(
            orders[0].equipment_code.as_deref(),
            Some("POMPE-1"),
            "{header}"
        );
        assert_eq!(orders[0].due.unwrap().to_string(), "2026-03-31", "{header}");
    }
}

#[test]
fn accents_written_apart_are_the_same_letters() {
    let file = "Re\u{301}fe\u{301}rence;De\u{301}signation\nE\u{301}-1;Cle\u{301}\n";

    let parts = rows!(read(Kind::Parts, file), Parts);

    assert_eq!(
        (parts[0].reference.as_str(), parts[0].name.as_str()),
        ("É-1", "Clé")
    );
}

#[test]
fn a_mapping_goes_before_what_the_headers_say() {
    let mapping = Mapping::from_args(["title=Texte court", "equipment_name=asset"]).unwrap();
    let file = b"Title;Texte court;Asset\nold;Fuite;Pompe 1\n";

    let table = parse(Kind::WorkOrders, file, &mapping).unwrap();

    assert_eq!(table.ignored, ["Title"]);
    assert_eq!(
        table.used,
        [
            ("title", "Texte court".to_owned()),
            ("equipment_name", "Asset".to_owned())
        ]
    );
    let orders = rows!(table, WorkOrders);
    assert_eq!(orders[0].title, "Fuite");
    assert_eq!(orders[0].equipment_code, None);
    assert_eq!(orders[0].equipment_name.as_deref(), Some("Pompe 1"));
}

#[test]
fn a_mapping_to_nothing_says_what_there_is() {
    let mapping = Mapping::from_args(["titel=Title", "due=Dou"]).unwrap();
    let file = b"Title,Due\nLeak,2026-03-31\n";

    let errors = parse(Kind::WorkOrders, file, &mapping).unwrap_err();

    assert_eq!(errors.len(), 2);
    let told = errors[0].to_string();
    assert!(
        told.starts_with("--map: no field `titel`; one of: code, title, description"),
        "{told}"
    );
    assert_eq!(
        errors[1].to_string(),
        "--map: no column `Dou` in the file; one of: Title, Due"
    );
}

#[test]
fn a_mapping_argument_has_a_field_and_a_column_and_comes_once() {
    for arg in ["title", "=Title", "title=", ""] {
        assert!(
            matches!(Mapping::from_args([arg]), Err(Reason::MapSyntax(_))),
            "{arg}"
        );
    }
    assert_eq!(
        Mapping::from_args(["title=A", "title=B"]),
        Err(Reason::MappedTwice("title".to_owned()))
    );
}

#[test]
fn two_columns_for_one_field_must_be_chosen_from() {
    let file = "Title;Titre\nLeak;Fuite\n";

    assert_eq!(
        refused(Kind::WorkOrders, file.as_bytes()),
        [
            "line 1, column `title`: columns Title, Titre could all be it; choose with --map title=Column"
        ]
    );

    let mapping = Mapping::from_args(["title=Titre"]).unwrap();
    let table = parse(Kind::WorkOrders, file.as_bytes(), &mapping).unwrap();
    assert_eq!(rows!(table, WorkOrders)[0].title, "Fuite");
}

#[test]
fn two_columns_of_one_name_are_ambiguous_also_when_mapped() {
    let mapping = Mapping::from_args(["title=X"]).unwrap();

    let errors = parse(Kind::WorkOrders, b"X;X\na;b\n", &mapping).unwrap_err();

    assert!(matches!(
        errors[0].reason,
        Reason::AmbiguousColumn { field: "title", .. }
    ));
}
