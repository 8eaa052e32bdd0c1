//! Everything that the API says: every answer that its document names.

use super::life::Lived;
use crate::app::Platform;
use http::{HeaderMap, Method};

/// What said it, and what it said.
pub(crate) type Said = Vec<(String, String)>;

/// What the API answers, everywhere.
pub(crate) async fn answers(platform: &Platform, lived: &Lived) -> Said {
    let document = platform.get("/api/openapi.json").await;
    let mut said = Said::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations["get"].is_null() {
            continue;
        }
        for path in filled(path, lived) {
            said.push((path.clone(), format!("{:?}", platform.call("GET", &path, None).await)));
        }
    }
    for path in ["/health", "/api/nothing", "/", "/api/runs?limit=200"] {
        said.push((path.to_owned(), format!("{:?}", platform.call("GET", path, None).await)));
    }
    let mut wrong = HeaderMap::new();
    wrong.insert("authorization", "Bearer CANARY-of-a-guess".parse().unwrap());
    let refused = platform.request(Method::GET, "/api/runs", wrong, Vec::new()).await;
    said.push(("a wrong token".to_owned(), format!("{refused:?}")));
    said.push(("the document".to_owned(), document.to_string()));
    said
}

/// The path for each that it may name.
fn filled(path: &str, lived: &Lived) -> Vec<String> {
    let Some((list, _)) = path.split_once("/{") else { return vec![path.to_owned()] };
    let ids = match list {
        "/api/runs" => &lived.runs,
        "/api/events" => &lived.events,
        "/api/replays" => &lived.replays,
        "/api/workflows" => &lived.workflows,
        other => panic!("nothing asks for the items of {other}: name them here"),
    };
    ids.iter().map(|id| format!("{list}/{}", id.replace('/', "%2F"))).collect()
}
