//! One request per route and status, without a socket.

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::fixture::{Plant, plant};

async fn send(plant: &Plant, request: Request<Body>) -> Response<Body> {
    app(Arc::clone(&plant.relay))
        .oneshot(request)
        .await
        .unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn post_json(body: impl Into<Body>) -> Request<Body> {
    Request::post("/v1/enrol")
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

fn application(code: &str, device: u8) -> Value {
    json!({
        "code": code,
        "device_name": "Téléphone",
        "device": format!("0190b5c0-0000-7000-8000-0000000000{device:02}"),
        "incarnation": format!("0190b5c0-0000-7000-8000-0000000001{device:02}"),
    })
}

async fn enrol(plant: &Plant, body: &Value) -> (StatusCode, Value) {
    read(send(plant, post_json(body.to_string())).await).await
}

async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn healthz_tells_whether_every_log_stands() {
    let plant = plant();

    assert_eq!(send(&plant, get("/healthz")).await.status(), StatusCode::OK);
    plant.damage("NORD");
    let damaged = plant.reopened();
    let status = send(&damaged, get("/healthz")).await.status();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn metrics_count_without_naming_anybody() {
    let plant = plant();
    let code = plant.invite("NORD", "Ana Martin");
    enrol(&plant, &application(&code, 1)).await;
    send(&plant, get("/nowhere?token=secret")).await;

    let response = send(&plant, get("/metrics")).await;

    assert_eq!(response.status(), StatusCode::OK);
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    for line in [
        "ronde_requests_total{route=\"/v1/enrol\",status=\"200\"} 1",
        "ronde_requests_total{route=\"-\",status=\"404\"} 1",
        "ronde_request_seconds_count 2",
        "ronde_devices 1",
        "ronde_sites 2",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    for secret in ["NORD", "Ana", "secret", "Téléphone"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_may_not_be_kept() {
    let plant = plant();
    for path in ["/healthz", "/nowhere"] {
        let response = send(&plant, get(path)).await;

        let headers = response.headers();
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(headers["x-request-id"].len(), 36);
    }
}

#[tokio::test]
async fn a_refusal_is_a_problem_document() {
    let plant = plant();

    let response = send(&plant, get("/nowhere")).await;

    let id = response.headers()["x-request-id"].clone();
    let kind = &response.headers()[header::CONTENT_TYPE];
    assert_eq!(kind, "application/problem+json");
    let (status, body) = read(response).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body["type"], "urn:ronde:problem:not_found");
    assert_eq!(
        (&body["code"], &body["status"]),
        (&json!("not_found"), &json!(404))
    );
    assert_eq!(body["request_id"], id.to_str().unwrap());
}

#[tokio::test]
async fn a_wrong_method_is_refused() {
    let plant = plant();

    let (status, body) = read(send(&plant, get("/v1/enrol")).await).await;

    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(body["code"], "method");
}

#[tokio::test]
async fn enrolling_gives_a_token_and_says_where_one_is() {
    let plant = plant();
    let code = plant.invite("NORD", "Ana");

    let (status, body) = enrol(&plant, &application(&code.to_lowercase(), 1)).await;

    assert_eq!(status, StatusCode::OK, "{body}");
    let site = plant.site("NORD");
    assert_eq!(body["site"], site.id().to_string());
    assert_eq!(
        (&body["site_code"], &body["site_name"]),
        (&json!("NORD"), &json!("Usine NORD"))
    );
    assert_eq!(body["epoch"], site.epoch().to_string());
    assert_eq!(body["roles"], json!(["technician"]));
    assert_eq!(body["device"], application("", 1)["device"]);
    assert!(body["token"].as_str().unwrap().starts_with("ronde_"));
    assert!(body["person"].is_string());
}

#[tokio::test]
async fn enrolment_is_refused_with_the_reason() {
    let plant = plant();
    let (used, late) = (plant.invite("NORD", "Ana"), plant.invite("EST", "Ana"));
    enrol(&plant, &application(&used, 1)).await;

    let replayed = enrol(&plant, &application(&used, 2)).await;
    let (other, ben) = (plant.invite("NORD", "Ana"), plant.invite("NORD", "Ben"));
    let taken = enrol(&plant, &application(&ben, 1)).await;
    let mut copied = application(&other, 3);
    copied["incarnation"] = application("", 1)["incarnation"].clone();
    let copied = enrol(&plant, &copied).await;
    plant.world.advance_ms(600_000);
    let expired = enrol(&plant, &application(&late, 2)).await;
    let unknown = enrol(&plant, &application("0000-0000-0000", 2)).await;
    let form = enrol(&plant, &application("K7QF", 2)).await;
    let mut elsewhere = application(&late, 2);
    elsewhere["site"] = json!("NORD");
    let elsewhere = enrol(&plant, &elsewhere).await;

    let told = [replayed, taken, copied, expired, unknown, form, elsewhere]
        .map(|(status, body)| format!("{} {}", status.as_u16(), body["code"].as_str().unwrap()));
    assert_eq!(
        told,
        [
            "410 code_used",
            "409 device_taken",
            "409 incarnation_taken",
            "410 code_expired",
            "403 code_wrong",
            "400 code_form",
            "403 code_wrong",
        ]
    );
}

#[tokio::test]
async fn a_revoked_device_does_not_enrol_itself_again() {
    let plant = plant();
    enrol(&plant, &application(&plant.invite("NORD", "Ana"), 1)).await;
    plant.revoke_all("NORD");

    let (status, body) = enrol(&plant, &application(&plant.invite("NORD", "Ana"), 1)).await;

    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("device_revoked"))
    );
}

#[tokio::test]
async fn guessing_codes_is_cut_off_even_for_the_right_one() {
    let plant = plant();
    let code = plant.invite("NORD", "Ana");
    for _ in 0..5 {
        let (status, _) = enrol(&plant, &application("0000-0000-0000", 1)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }

    let refused = send(&plant, post_json(application(&code, 1).to_string())).await;

    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "12");
    plant.world.advance_ms(12_000);
    let (status, _) = enrol(&plant, &application(&code, 1)).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn guesses_at_once_count_like_guesses_in_turn() {
    let plant = plant();
    let body = application("0000-0000-0000", 1);
    let guesses = (0..40).map(|_| enrol(&plant, &body));

    let answers = futures_util::future::join_all(guesses).await;

    let judged = |(status, _): &&(StatusCode, Value)| *status == StatusCode::FORBIDDEN;
    assert_eq!(answers.iter().filter(judged).count(), 5);
}

#[tokio::test]
async fn right_codes_use_up_no_tries() {
    let plant = plant();
    for device in 1..=8 {
        let code = plant.invite("NORD", "Ana");
        let (status, body) = enrol(&plant, &application(&code, device)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
}

#[tokio::test]
async fn an_unreadable_body_is_refused_in_our_form() {
    let plant = plant();
    let good = application("K7QF-2MXD-9P1T", 1);
    let mut unknown_field = good.clone();
    unknown_field["admin"] = json!(true);
    let mut bad_name = good.clone();
    bad_name["device_name"] = json!("a\u{202e}b");
    let mut bad_id = good.clone();
    bad_id["device"] = json!("me");
    let twice = good.to_string().replacen('{', "{\"code\":\"x\",", 1);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let cases = [
        ("{".to_owned(), "400 json"),
        ("[]".to_owned(), "400 json_fields"),
        (unknown_field.to_string(), "400 json_fields"),
        (bad_id.to_string(), "400 json_fields"),
        (twice, "400 json_fields"),
        (deep, "400 json_fields"),
        (bad_name.to_string(), "400 text_characters"),
        (" ".repeat(JSON_BYTES_MAX + 1), "413 too_large"),
        (" ".repeat(BODY_BYTES_MAX + 1), "413 too_large"),
    ];
    for (body, expected) in cases {
        let (status, told) = read(send(&plant, post_json(body)).await).await;

        let told = format!("{} {}", status.as_u16(), told["code"].as_str().unwrap());
        assert_eq!(told, expected);
    }
    let plain = Request::post("/v1/enrol").body(Body::from(good.to_string()));
    let (status, told) = read(send(&plant, plain.unwrap()).await).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(told["code"], "media_type");
}
