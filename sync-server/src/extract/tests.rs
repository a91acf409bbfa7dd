//! Who is let in, over a route that only tests have.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
    routing::get,
};
use ronde_core::model::Incarnation;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;
use crate::{
    fixture::{Plant, plant},
    registry::{code::Applicant, device},
    routes::enveloped,
    secret::Code,
};

/// Enrols device number `device` and returns its token.
fn enrolled(plant: &Plant, site: &str, device: u128) -> String {
    let code = Code::parse(&plant.invite(site, "Ana")).unwrap();
    let applicant = Applicant {
        device: DeviceId(Uuid::from_u128(device)),
        name: "Téléphone".into(),
        incarnation: Incarnation(Uuid::from_u128(device + 1_000)),
    };
    let enrolled = plant.relay.enrol(None, &code, &applicant).unwrap();
    enrolled.token.reveal()
}

async fn ask(plant: &Plant, path: &str, authorization: Option<&str>) -> Response<Body> {
    let routes = Router::new()
        .route(
            "/v1/sites/{site}/who",
            get(async |d: Device| d.device.to_string()),
        )
        .route("/v1/sites/{site}/paced", get(async |_: Paced| "ok"))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("a secret") }),
        )
        .route("/slow", get(std::future::pending::<&'static str>));
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    let request = request.body(Body::empty()).unwrap();
    let app = enveloped(routes, Arc::clone(&plant.relay));
    app.oneshot(request).await.unwrap()
}

async fn told(response: Response<Body>) -> String {
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    format!("{status} {}", body["code"].as_str().unwrap())
}

fn who(site: &Site) -> String {
    format!("/v1/sites/{}/who", site.id())
}

#[tokio::test]
async fn a_token_lets_its_device_in() {
    let plant = plant();
    let token = enrolled(&plant, "NORD", 1);

    for scheme in ["Bearer", "bearer"] {
        let header = format!("{scheme} {token}");
        let response = ask(&plant, &who(&plant.site("NORD")), Some(&header)).await;

        assert_eq!(response.status(), StatusCode::OK);
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, Uuid::from_u128(1).to_string());
    }
}

#[tokio::test]
async fn without_a_known_token_nobody_gets_in() {
    let plant = plant();
    let token = enrolled(&plant, "NORD", 1);
    let stranger = Token::fresh(&*plant.world).reveal();
    let path = who(&plant.site("NORD"));
    let headers = [
        None,
        Some(String::new()),
        Some(token.clone()),
        Some(format!("Basic {token}")),
        Some(format!("Bearer {stranger}")),
        Some(format!("Bearer {token}x")),
    ];
    for header in headers {
        let response = ask(&plant, &path, header.as_deref()).await;

        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(told(response).await, "401 token");
    }
}

#[tokio::test]
async fn another_site_looks_like_no_site() {
    let plant = plant();
    let header = format!("Bearer {}", enrolled(&plant, "NORD", 1));
    let nowhere = format!("/v1/sites/{}/who", Uuid::nil());

    for path in [who(&plant.site("EST")), nowhere, "/v1/sites/x/who".into()] {
        let response = ask(&plant, &path, Some(&header)).await;

        assert_eq!(told(response).await, "404 not_found", "{path}");
    }
}

#[tokio::test]
async fn a_revocation_counts_at_the_next_request() {
    let plant = plant();
    let header = format!("Bearer {}", enrolled(&plant, "NORD", 1));
    let site = plant.site("NORD");
    assert_eq!(ask(&plant, &who(&site), Some(&header)).await.status(), 200);

    plant.revoke_all("NORD");

    let refused = ask(&plant, &who(&site), Some(&header)).await;
    assert_eq!(told(refused).await, "401 revoked");
    let id = DeviceId(Uuid::from_u128(1));
    site.write(|tx| device::reinstate(tx, id)).unwrap();
    assert_eq!(ask(&plant, &who(&site), Some(&header)).await.status(), 200);
}

#[tokio::test]
async fn a_damaged_site_is_not_served_and_the_others_are() {
    let plant = plant();
    let nord = format!("Bearer {}", enrolled(&plant, "NORD", 1));
    let est = format!("Bearer {}", enrolled(&plant, "EST", 2));
    plant.damage("NORD");
    let plant = plant.reopened();

    let refused = ask(&plant, &who(&plant.site("NORD")), Some(&nord)).await;
    let served = ask(&plant, &who(&plant.site("EST")), Some(&est)).await;

    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(told(refused).await, "503 site_damaged");
    assert_eq!(served.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_device_that_syncs_too_often_is_told_when_to_come_back() {
    let plant = plant();
    let (first, second) = (enrolled(&plant, "NORD", 1), enrolled(&plant, "NORD", 2));
    let path = format!("/v1/sites/{}/paced", plant.site("NORD").id());
    let (first, second) = (format!("Bearer {first}"), format!("Bearer {second}"));
    for _ in 0..60 {
        assert_eq!(ask(&plant, &path, Some(&first)).await.status(), 200);
    }

    let refused = ask(&plant, &path, Some(&first)).await;

    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert_eq!(told(refused).await, "429 rate");
    assert_eq!(ask(&plant, &path, Some(&second)).await.status(), 200);
    plant.world.advance_ms(1_000);
    assert_eq!(ask(&plant, &path, Some(&first)).await.status(), 200);
    assert_eq!(ask(&plant, &path, Some(&first)).await.status(), 429);
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing() {
    let plant = plant();

    let response = ask(&plant, "/panic", None).await;

    assert_eq!(told(response).await, "500 internal");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_is_ended() {
    let plant = plant();

    let response = ask(&plant, "/slow", None).await;

    assert_eq!(told(response).await, "408 timeout");
}

#[tokio::test]
async fn past_its_room_the_relay_sheds() {
    let plant = plant();
    let room = plant.relay.room.try_acquire_many(1_024).unwrap();

    let response = ask(&plant, "/panic", None).await;

    assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    assert_eq!(told(response).await, "503 busy");
    drop(room);
}
