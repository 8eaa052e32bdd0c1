//! What a provider makes of a call: it arrives or not, takes its time, and the answer may be lost.

use super::ledger::{Call, KEY_WINDOW};
use super::ports::NOT_SENT;
use super::providers::{Answer, Request};
use super::site::Site;
use super::starts::NO_EMAIL;
use super::weather::Down;
use super::world::{CANARY_EMAIL, CANARY_SECRET};
use http::StatusCode;
use serde_json::json;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::Cx;
use tradewind_connectors::providers::answers::{On500, judge_status, retry_after};
use tradewind_engine::effects::{ActionError, Asked, EffectClass};
use tradewind_engine::ports::{Clock, HttpRequest};
use tradewind_engine::time::Timestamp;

/// What providers ask for when they ask to be left alone.
const RETRY_AFTER: [&str; 9] = [
    "0",
    "1",
    "86400",
    "1000000000000",
    "-5",
    "Mon, 23 Nov 2020 12:00:00 GMT",
    "soon",
    "Mon, (((()))) 23 Nov 2026 12:00:30 GMT",
    "120",
];

/// How a call ends, and whether the effect happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    NotSent,
    Lost { happens: bool },
    Status { code: u16, happens: bool },
    Panics { happens: bool },
    Hangs { happens: bool },
    Refused,
    Revoked,
}

impl Fate {
    /// What the platform sees of the request.
    fn seen(self) -> String {
        match self {
            Self::Answered | Self::Panics { .. } => "202".to_owned(),
            Self::Status { code, .. } => code.to_string(),
            Self::Refused => "422".to_owned(),
            Self::Revoked => "401".to_owned(),
            Self::NotSent => NOT_SENT.to_owned(),
            Self::Lost { .. } | Self::Hangs { .. } => "lost".to_owned(),
        }
    }

    fn happens(self) -> bool {
        match self {
            Self::Answered => true,
            Self::NotSent | Self::Refused | Self::Revoked => false,
            Self::Lost { happens }
            | Self::Status { happens, .. }
            | Self::Panics { happens }
            | Self::Hangs { happens } => happens,
        }
    }
}

pub(crate) async fn perform(
    site: &Arc<Site>,
    provider: &str,
    class: EffectClass,
    cx: &Cx<'_>,
    request: Request,
) -> Result<Answer, ActionError> {
    let world = &site.world;
    assert!(is_as_received(&request.email), "{} is not what was received", request.email);
    let call = world.ledger.called(Call {
        number: 0,
        at: world.now(),
        site: site.name.clone(),
        fence: site.fence(cx.run, cx.step),
        run: cx.run.clone(),
        path: cx.step.clone(),
        key: cx.idempotency_key.to_owned(),
        provider: provider.to_owned(),
        class,
        marker: request.marker,
    });
    let fate = fate(site, provider, &cx.connection.name.0);
    send(cx, fate).await;
    let about = [cx.idempotency_key, provider];
    world.note(&site.name, "call", &about, &format!("{fate:?}"));
    let arrives = on_its_way(site);
    if fate.happens() {
        // What was sent arrives even if its sender dies meanwhile.
        let (world, call) = (world.clone(), call.clone());
        let provider = provider.to_owned();
        world.clone().executor.spawn(async move {
            world.clock.sleep(arrives).await;
            let window = KEY_WINDOW + world.weather.skew * 2;
            let effect = world.ledger.carry_out(&call, world.now(), window);
            world.note(&provider, "effect", &[&call.key], &effect.to_string());
        });
    }
    site.may_break("call", &about).await;
    world.clock.sleep(arrives + world.chance.seconds(0, 1) + Duration::from_millis(1)).await;
    site.may_break("answer", &about).await;
    answer(site, fate, class, &call).await
}

/// Goes through the port, so that the platform sees that the provider was called, and what came of it.
pub(crate) async fn send(cx: &Cx<'_>, fate: Fate) {
    let (headers, body) = (http::HeaderMap::new(), Default::default());
    let (method, url) = (http::Method::POST, fate.seen());
    let request = HttpRequest { method, url, headers, body, timeout: cx.timeout };
    let _ = cx.http.send(&cx.connection.recipient(), request).await;
}

async fn answer(
    site: &Site,
    fate: Fate,
    class: EffectClass,
    call: &Call,
) -> Result<Answer, ActionError> {
    if fate != Fate::Answered {
        return Err(failed(site, fate, class).await);
    }
    // Asking the ledger again changes nothing for those that recognise a repeated call.
    let effects = site.world.ledger.effects();
    let own = effects.iter().rev().find(|effect| effect.call == call.number);
    let known = effects.iter().rev().find(|one| one.key == call.key);
    let effect = own.or(known).map_or(u64::MAX, |effect| effect.number);
    Ok(Answer { effect, call: Some(call.number) })
}

/// What is made of a call that was not answered well.
pub(crate) async fn failed(site: &Site, fate: Fate, class: EffectClass) -> ActionError {
    let world = &site.world;
    match fate {
        Fate::NotSent => ActionError::not_now("could not connect", None),
        Fate::Lost { .. } => ActionError::unknown("connection reset"),
        Fate::Hangs { .. } => pending().await,
        Fate::Answered | Fate::Panics { .. } => {
            std::panic::resume_unwind(Box::new("a bug in an action"))
        }
        Fate::Status { code, .. } => {
            let mut headers = http::HeaderMap::new();
            // Who asks for a day gets it, which says nothing about us.
            if world.chance.hits(0.3) && !world.weather.fair {
                let value = http::HeaderValue::from_static(world.chance.pick(&RETRY_AFTER));
                headers.insert(http::header::RETRY_AFTER, value);
            }
            let wait = retry_after(&headers, world.now());
            // What changes something is judged as if it were not idempotent; see the connectors.
            let class = if class == EffectClass::Natural { EffectClass::Neither } else { class };
            judge_status(status(code), vendor_text(), wait, class, On500::NothingDone)
        }
        Fate::Refused => judge_status(status(422), vendor_text(), None, class, On500::NothingDone),
        Fate::Revoked => judge_status(status(401), vendor_text(), None, class, On500::NothingDone),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

pub(crate) async fn ask(
    site: &Arc<Site>,
    provider: &str,
    cx: &Cx<'_>,
) -> Result<Asked, ActionError> {
    let world = &site.world;
    let fate = fate(site, provider, &cx.connection.name.0);
    send(cx, fate).await;
    world.clock.sleep(Duration::from_millis(50)).await;
    site.may_break("ask", &[cx.idempotency_key]).await;
    if fate == Fate::Revoked {
        return Err(ActionError::needs_repair(vendor_text()));
    }
    if !matches!(fate, Fate::Answered | Fate::Refused) {
        return Ok(Asked::CannotTell("the search is not available".to_owned()));
    }
    let lag = world.chance.seconds(0, 15);
    let found = world.ledger.search(provider, cx.idempotency_key, lag, world.now());
    world.note(
        &site.name,
        "ask",
        &[cx.idempotency_key],
        if found.is_some() { "yes" } else { "no" },
    );
    Ok(found.map_or(Asked::DidNot, |effect| Asked::Happened(json!({ "effect": effect }))))
}

/// How long until the request is carried out. Much longer than an attempt it never takes: within
/// the search's lag everything that was sent is found.
fn on_its_way(site: &Site) -> Duration {
    let world = &site.world;
    let slow = world.chance.hits(world.weather.rates(world.now()).slow);
    if slow { world.chance.seconds(1, 40) } else { world.chance.seconds(0, 1) }
}

pub(crate) fn fate(site: &Site, provider: &str, connection: &str) -> Fate {
    let world = &site.world;
    let (now, chance) = (world.now(), &world.chance);
    if world.facts.lock().unwrap().revoked.contains(connection) {
        return Fate::Revoked;
    }
    match world.weather.outage_of(connection, now) {
        Some(Down::Unreachable) => return Fate::NotSent,
        Some(Down::Hangs) => return Fate::Hangs { happens: false },
        Some(Down::Answers(code)) => return Fate::Status { code, happens: false },
        None => {}
    }
    let rates = world.weather.rates(now);
    let happens = chance.hits(0.5);
    if provider != "natural" && world.weather.strikes("provider", now) {
        return chance.pick(&[
            Fate::NotSent,
            Fate::Status { code: 503, happens: false },
            Fate::Status { code: 504, happens },
            Fate::Lost { happens },
        ]);
    }
    if chance.hits(rates.not_sent) {
        return Fate::NotSent;
    }
    if chance.hits(rates.lost_answer) {
        return chance.pick(&[Fate::Lost { happens }, Fate::Hangs { happens }]);
    }
    if chance.hits(rates.bad_status) {
        let code = chance.pick(&[429, 500, 502, 503, 504, 520]);
        return Fate::Status { code, happens: happens && matches!(code, 502 | 504 | 520) };
    }
    if chance.hits(rates.panic) {
        return Fate::Panics { happens };
    }
    if chance.hits(rates.refused) {
        return Fate::Refused;
    }
    Fate::Answered
}

/// Providers like to repeat what they were sent.
fn vendor_text() -> String {
    format!("token {CANARY_SECRET} may not write to {CANARY_EMAIL}")
}

/// The address that the shop told of, alone or with the event's id; or what stands in its place where there is none.
fn is_as_received(email: &str) -> bool {
    let event = email.strip_prefix(CANARY_EMAIL).map(|rest| rest.trim_start());
    event.is_some_and(|id| id.is_empty() || id.starts_with("evt_"))
        || email.parse::<Timestamp>().is_ok()
        || email == NO_EMAIL
}
