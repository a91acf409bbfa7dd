//! Messages that are not what the protocol says.

use std::io::Read;

use ronde_core::{
    model::{DocumentId, Kind},
    wire::{
        Cursor, Differ, Digest, Frame, Hello, Holdings, PROTOCOL, Page, Push, Repair, Sums,
        Verdicts, encode,
    },
};
use ronde_tests::intruder::{MESSAGE, plain, pushed, sealed};
use uuid::Uuid;

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn fault_39_a_truncated_message_changes_nothing() {
    let scene = Scene::start().await;
    let changes = scene.intruder.comments(&scene.base, 3);
    let hello = Frame::Hello(scene.intruder.hello());
    let push = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(scene.order, Kind::WorkOrder, &changes)],
    });
    let message = encode(&[hello, push]).unwrap();

    for length in (0..message.len()).step_by(7) {
        let answer = scene.intruder.post(message[..length].to_vec()).await;
        let code = answer.problem(400);
        assert_eq!(
            code,
            if length < 4 {
                "not_a_message"
            } else {
                "damaged"
            }
        );
    }

    scene.nothing_was_merged();
    scene.ends_well("39").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_41_a_flipped_bit_of_a_message_changes_nothing() {
    let scene = Scene::start().await;
    let changes = scene.intruder.comments(&scene.base, 1);
    let hello = Frame::Hello(scene.intruder.hello());
    let push = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(scene.order, Kind::WorkOrder, &changes)],
    });
    let message = encode(&[hello, push]).unwrap();

    for byte in (0..message.len()).step_by(3) {
        let mut flipped = message.clone();
        flipped[byte] ^= 1 << (byte % 8);
        let answer = scene.intruder.post(flipped).await;
        match byte {
            0 | 1 => assert_eq!(answer.problem(400), "not_a_message"),
            2 => assert_eq!(answer.problem(426), "version"),
            _ => assert_eq!(answer.problem(400), "damaged"),
        }
    }

    scene.nothing_was_merged();
    scene.ends_well("41").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_71_what_inflates_without_end_is_refused_at_the_limit() {
    let scene = Scene::start().await;
    // Never in memory here either: what is measured is the relay's memory.
    let packed = |bytes: u64| {
        let zeros = std::io::repeat(0).take(bytes);
        zstd::stream::encode_all(zeros, 3).unwrap()
    };

    for bytes in [200 << 10, 9 << 20, 4 << 30] {
        let bomb = sealed(1, &packed(bytes));
        assert!(bomb.len() < 1 << 20);
        assert_eq!(scene.intruder.post(bomb).await.problem(413), "too_large");
    }
    // A frame that says it is small, and is not; and one that is noise.
    let mut liar = packed(1 << 30);
    liar.truncate(liar.len() / 2);
    let answer = scene.intruder.post(sealed(1, &liar)).await;
    assert!([400, 413].contains(&answer.status.as_u16()));
    let answer = scene.intruder.post(sealed(1, &[0x28; 1000])).await;
    assert_eq!(answer.problem(400), "damaged");

    scene.nothing_was_merged();
    scene.ends_well("71").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_86_bodies_that_are_deep_or_claim_much_are_refused() {
    let scene = Scene::start().await;
    let hello = b"\x81\x82\x00\x81\xa1\x18\x63".as_slice();
    let push = [
        b"\x81\x82\x02\x81\x83\x00\xf4\x81\x83\x50",
        [7; 16].as_slice(),
    ]
    .concat();
    let much = 900_000;
    let damaged: Vec<Vec<u8>> = vec![
        vec![],
        vec![0x81; much],
        [hello, &vec![0x81; much], b"\x00"].concat(),
        [hello, &[0x82, 0x9f].repeat(much / 2)].concat(),
        [hello, &vec![0xc1; 90_000]].concat(),
        vec![0x9f; much],
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        b"\xbb\x80\x00\x00\x00\x00\x00\x00\x00".to_vec(),
        [&push[..], b"\x08\x9a\xff\xff\xff\xff"].concat(),
        // An unknown frame, an unknown kind, an unknown cursor.
        b"\x81\x82\x18\x20\x80".to_vec(),
        [&push[..], b"\x18\x63\x80"].concat(),
        b"\x81\x82\x00\x81\xa1\x03\x82\x09\x80".to_vec(),
        // A hello without anything, one with a text for a number, more after.
        b"\x81\x82\x00\x81\xa0".to_vec(),
        b"\x81\x82\x00\x81\xa1\x00\x61\x31".to_vec(),
        b"\x80\x80".to_vec(),
    ];
    for (n, body) in damaged.iter().enumerate() {
        let answer = scene.intruder.post(sealed(0, body)).await;
        assert_eq!(answer.problem(400), "damaged", "case {n}");
    }
    let many = [&push[..], b"\x08\x9a\x00\x0d\xbb\xa0", &vec![0x40; 900_000]].concat();
    let frames = [b"\x99\x00\x41".as_slice(), &[0x80; 65]].concat();
    for body in [many, vec![0x80; much], frames] {
        let answer = scene.intruder.post(sealed(0, &body)).await;
        assert!([400, 413].contains(&answer.status.as_u16()));
        answer.problem(answer.status.as_u16());
    }

    scene.nothing_was_merged();
    scene.ends_well("86").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_86_json_that_is_deep_repeated_or_huge_is_refused() {
    let scene = Scene::start().await;
    let deep = format!("{{\"code\":{}", "[".repeat(60_000));
    let cases = [
        (400, "json", String::new()),
        (400, "json_fields", deep),
        (400, "json_fields", "{\"code\":".repeat(5_000)),
        (400, "json", "{\"code\":1e999999}".to_owned()),
        (400, "json", "{\"code\":NaN}".to_owned()),
        (400, "json_fields", "[]".to_owned()),
        (
            400,
            "json_fields",
            format!("{{\"code\":{}}}", "9".repeat(300)),
        ),
        (
            400,
            "json_fields",
            "{\"code\":\"A\",\"code\":\"B\"}".to_owned(),
        ),
        (400, "json_fields", "{\"codes\":\"A\"}".to_owned()),
        (
            413,
            "too_large",
            format!("{{\"code\":\"{}\"}}", "A".repeat(70_000)),
        ),
    ];
    for (n, (status, code, body)) in cases.into_iter().enumerate() {
        let headers = [("content-type", "application/json")];
        let answer = scene
            .intruder
            .request("/v1/enrol", &headers, body.into_bytes());
        let told = answer.await.problem(status);
        assert_eq!(told, code, "case {n}");
    }

    scene.nothing_was_merged();
    scene.ends_well("86, JSON").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_out_of_turn_are_refused() {
    let scene = Scene::start().await;
    let hello = || Frame::Hello(scene.intruder.hello());
    let of_a_relay = || {
        [
            Frame::Verdicts(Verdicts::default()),
            Frame::Page(Page::default()),
            Frame::Repair(Repair::default()),
            Frame::Differ(Differ {
                buckets: vec![],
                head: 0,
            }),
        ]
    };
    for frame in of_a_relay() {
        let message = encode(&[hello(), frame]).unwrap();
        assert_eq!(scene.intruder.post(message).await.problem(400), "protocol");
    }
    for frames in [
        vec![],
        vec![Frame::Push(Push::default())],
        vec![Frame::Sums(Sums(vec![]))],
    ] {
        let message = encode(&frames).unwrap();
        assert_eq!(scene.intruder.post(message).await.problem(400), "protocol");
    }
    let message = encode(&[hello(), hello()]).unwrap();
    assert_eq!(scene.intruder.post(message).await.problem(400), "protocol");
    let old = Frame::Hello(Hello {
        protocol: PROTOCOL - 1,
        ..scene.intruder.hello()
    });
    let message = encode(&[old]).unwrap();
    assert_eq!(scene.intruder.post(message).await.problem(426), "version");
    let mut newer = encode(&[hello()]).unwrap();
    newer[2] = 2;
    assert_eq!(scene.intruder.post(newer).await.problem(426), "version");
    let oversized = vec![0; (1 << 20) + 1];
    assert_eq!(
        scene.intruder.post(oversized).await.problem(413),
        "too_large"
    );

    scene.nothing_was_merged();
    scene.ends_well("out of turn").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_85_a_token_opens_one_site_and_one_type_of_body() {
    let scene = Scene::start().await;
    let message = encode(&[Frame::Hello(scene.intruder.hello())]).unwrap();
    let bearer = format!("Bearer {}", scene.intruder.enrolment.token);
    let path = |site: &dyn std::fmt::Display| format!("/v1/sites/{site}/sync");
    let (nord, est) = (scene.relay.site("NORD"), scene.relay.site("EST"));
    let of = |path: String, headers: Vec<(&'static str, String)>| {
        let (intruder, message) = (&scene.intruder, message.clone());
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, it)| (*name, &**it)).collect();
            intruder.request(&path, &headers, message).await
        }
    };
    let token = || ("authorization", bearer.clone());
    let message_type = || ("content-type", MESSAGE.to_owned());

    let nowhere = Uuid::from_u128(99);
    for path in [path(&est), path(&nowhere), path(&"NORD"), path(&"..%2f..")] {
        let answer = of(path, vec![token(), message_type()]).await;
        assert_eq!(answer.problem(404), "not_found");
    }
    for wrong in [
        "",
        "Bearer",
        "Bearer x",
        "Basic YTpi",
        &bearer[..bearer.len() - 1],
    ] {
        let headers = vec![("authorization", wrong.to_owned()), message_type()];
        let answer = of(path(&nord), headers).await;
        assert_eq!(answer.problem(401), "token");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    for other in ["application/json", "text/plain", "multipart/form-data"] {
        let headers = vec![token(), ("content-type", other.to_owned())];
        assert_eq!(of(path(&nord), headers).await.problem(415), "media_type");
    }
    assert_eq!(
        of(path(&nord), vec![token()]).await.problem(415),
        "media_type"
    );

    scene.nothing_was_merged();
    scene.ends_well("85").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_74_another_devices_incarnation_is_told_to_nobody_else() {
    let scene = Scene::start().await;
    let incarnation = scene.innocent.replica.incarnation();
    let hello = Frame::Hello(Hello {
        incarnation,
        ..scene.intruder.hello()
    });
    let push = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(
            scene.order,
            Kind::WorkOrder,
            &scene.intruder.comments_as(incarnation, &scene.base, 1),
        )],
    });

    let answer = scene.intruder.post(encode(&[hello, push]).unwrap()).await;

    let frames = answer.frames();
    let [Frame::Problem(problem)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(
        (&*problem.code, problem.retry_after_s),
        ("incarnation_taken", 0)
    );
    scene.nothing_was_merged();
    scene.ends_well("74, incarnation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_55_no_cursor_or_comparison_brings_more_than_the_window_or_breaks_the_relay() {
    let scene = Scene::start().await;
    let far = u64::MAX;
    let hello = Frame::Hello(scene.intruder.hello());
    let answer = scene.intruder.post(encode(&[hello]).unwrap()).await;
    let Frame::Welcome(welcome) = answer.frames().remove(0) else {
        panic!("no welcome");
    };
    let own = welcome.window.unwrap().version;
    let filling = |base, window, stage, done| Cursor::Filling {
        base,
        from_window: window,
        stage,
        after: Some(DocumentId(Uuid::max())),
        done,
        unsure_window: window,
    };
    let catching = |base, sent, done, filled_from| Cursor::Catching {
        base,
        sent,
        done,
        filled_from,
    };
    let cursors = [
        Cursor::At(far),
        Cursor::At(1 << 63),
        filling(far, far, u16::MAX, u32::MAX),
        filling(0, 0, 0, u32::MAX),
        filling(0, 0, u16::MAX, 0),
        filling(1 << 63, 1 << 63, 1, u32::MAX),
        catching(far, 0, u32::MAX, Some(far)),
        catching(0, far, u32::MAX, None),
        catching(0, 0, u32::MAX, Some(0)),
    ];
    for cursor in cursors {
        for (window, names, page_bytes_max) in [
            (0, 0, 0),
            (far, far, u32::MAX),
            (own, 1 << 63, 1),
            (own, 0, u32::MAX),
        ] {
            let hello = Frame::Hello(Hello {
                cursor,
                window,
                names,
                page_bytes_max,
                digest: Some(Digest([9; 16])),
                pending: u32::MAX,
                ..scene.intruder.hello()
            });
            let answer = scene.intruder.post(encode(&[hello]).unwrap()).await;
            assert!(!answer.frames().is_empty(), "{cursor:?}");
        }
    }
    for asked in [
        Frame::Sums(Sums(vec![])),
        Frame::Sums(Sums(vec![Digest::default(); 10_000])),
        Frame::Holdings(Holdings {
            buckets: vec![7; 100_000],
            documents: vec![],
        }),
    ] {
        let hello = Frame::Hello(scene.intruder.hello());
        let answer = scene.intruder.post(plain(&[hello, asked])).await;
        assert!(answer.frames().len() == 2);
    }

    scene.nothing_was_merged();
    scene.ends_well("55").await;
}
