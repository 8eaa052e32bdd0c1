//! What only the store on DynamoDB owes.

use super::cloud;
use crate::emulator::Emulator;
use futures::future::join_all;
use rand::SeedableRng;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tradewind_aws::store::Store;
use tradewind_engine::definitions::{DEFINITIONS_VERSION, DefinitionsChange, WorkflowVersion};
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{Clock, Definitions, Refusals, Token, TokenKey, Tokens};
use tradewind_engine::refusals::{Reached, RefusedDelivery};
use tradewind_engine::time::{Timestamp, after};

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn a_version_of_a_change_that_was_not_made_does_not_count(
    emulator: &Emulator,
    name: &str,
) {
    let (store, _, clock) = cloud::store(emulator, name).await;
    for from_revision in 0..3 {
        let number = u32::try_from(from_revision).unwrap() + 1;
        let change = |writer: usize| DefinitionsChange {
            from_revision,
            versions: vec![version(number, &format!("by {writer}"), clock.now())],
            ..DefinitionsChange::default()
        };
        let changes: Vec<DefinitionsChange> = (0..10).map(change).collect();
        let made = join_all(changes.iter().map(|change| store.change(change))).await;
        let winners: Vec<usize> =
            (0..10).filter(|writer| *made[*writer].as_ref().unwrap()).collect();
        assert_eq!(winners.len(), 1);
        let kept = store.version(&"a".into(), number).await.unwrap().unwrap();
        assert_eq!(kept.source, format!("by {}", winners[0]));
    }
    // The older ones as well, which other changes have followed.
    for number in 1..=3 {
        assert!(store.version(&"a".into(), number).await.unwrap().is_some());
    }
}

pub(super) async fn what_no_item_can_hold_is_said_so(emulator: &Emulator, name: &str) {
    let (store, _, clock) = cloud::store(emulator, name).await;
    let versions = vec![version(1, &noise(700_000), clock.now())];
    let change = DefinitionsChange { versions, ..DefinitionsChange::default() };
    let error = store.change(&change).await.unwrap_err().to_string();
    assert!(error.contains("version 1 of workflow a") && error.contains("350 KB"), "{error}");
    assert_eq!(store.current().await.unwrap().revision, 0);
}

pub(super) async fn a_letter_with_a_long_body_is_kept_whole_and_goes_whole(
    emulator: &Emulator,
    name: &str,
) {
    let (store, clients, clock) = cloud::store(emulator, name).await;
    let letter = DeadLetter {
        id: "email.send:0011223344556677".to_owned(),
        queue: "email.send".to_owned(),
        body: noise(700_000),
        reason: "it is neither a wake-up nor anything else".to_owned(),
        at: clock.now(),
    };
    let objects = async || {
        let list = clients.s3().list_objects_v2().bucket("facts").prefix("parts/letters/");
        list.send().await.unwrap().contents.unwrap_or_default().len()
    };
    store.insert_letter(&letter).await.unwrap();
    let later = DeadLetter { at: after(clock.now(), SECOND), ..letter.clone() };
    store.insert_letter(&later).await.unwrap();
    assert_eq!(store.letters(10).await.unwrap(), std::slice::from_ref(&letter));
    assert_eq!(store.letter(&letter.id).await.unwrap().as_ref(), Some(&letter));
    assert_eq!(objects().await, 1);
    store.remove_letter(&letter.id).await.unwrap();
    assert_eq!((store.letter(&letter.id).await.unwrap(), objects().await), (None, 0));
}

pub(super) async fn one_refused_delivery_in_ten_seconds_is_kept_for_each_endpoint_and_code(
    emulator: &Emulator,
    name: &str,
) {
    let (store, _, clock) = cloud::store(emulator, name).await;
    let (invalid, missing) = ("signature_invalid", "signature_missing");
    for (seconds, provider, code) in [
        (0, "commercelayer", invalid),
        (1, "webhook", invalid),
        (2, "made", "not_found"),
        (3, "up", "not_found"),
        (8, "commercelayer", missing),
        (9, "commercelayer", invalid),
        (10, "commercelayer", invalid),
    ] {
        clock.advance_to(after(clock.now(), SECOND));
        let at = after(super::world::START.parse().unwrap(), SECOND * seconds);
        store.record_refusal(refused(at, provider, code)).await.unwrap();
    }
    let kept = Refusals::list(&store, 10).await.unwrap();
    let webhook = &kept[3];
    let told = (webhook.path.as_str(), webhook.cure.as_str(), webhook.warning.as_deref());
    assert_eq!((told, &kept[2].warning), (("/hooks/webhook/shop", "ask", Some("soon")), &None));
    assert_eq!((webhook.names, kept[2].names), (Reached::Endpoint, Reached::Nothing));
    let seen: Vec<(&str, u64)> =
        kept.iter().map(|one| (one.provider.as_str(), one.count)).collect();
    let expected = [
        ("commercelayer", 2),
        ("commercelayer", 1),
        ("made", 1),
        ("webhook", 1),
        ("commercelayer", 1),
    ];
    assert_eq!(seen, expected);
    assert_eq!(kept[0].since, after(super::world::START.parse().unwrap(), SECOND * 9));
    clock.advance_to(after(clock.now(), SECOND * 8 * 86_400));
    assert_eq!(Refusals::list(&store, 10).await.unwrap(), []);
}

pub(super) async fn made_up_paths_take_twenty_places_and_push_nothing_out(
    emulator: &Emulator,
    name: &str,
) {
    let (store, _, clock) = cloud::store(emulator, name).await;
    let start: Timestamp = super::world::START.parse().unwrap();
    store.record_refusal(refused(start, "commercelayer", "signature_invalid")).await.unwrap();
    for number in 0_u32..40 {
        let at = after(start, SECOND * 10 * number);
        clock.advance_to(at);
        store.record_refusal(refused(at, &format!("made{number}"), "not_found")).await.unwrap();
    }
    let kept = Refusals::list(&store, 5).await.unwrap();
    assert_eq!((kept.len(), kept[0].provider.as_str()), (5, "made39"));
    assert!(kept.iter().any(|one| one.provider == "commercelayer"), "{kept:?}");
    let kept = Refusals::list(&store, 200).await.unwrap();
    assert!(kept.len() <= 21, "{}", kept.len());
}

pub(super) async fn junk_at_an_endpoint_pushes_no_other_refusal_of_it_out(
    emulator: &Emulator,
    name: &str,
) {
    let (store, clients, clock) = cloud::store(emulator, name).await;
    let start: Timestamp = super::world::START.parse().unwrap();
    store.record_refusal(refused(start, "webhook", "timestamp_out_of_range")).await.unwrap();
    let codes = ["signature_missing", "signature_invalid", "signature_malformed"];
    for number in 1_u32..=30 {
        let at = after(start, SECOND * 10 * number);
        clock.advance_to(at);
        for code in codes {
            store.record_refusal(refused(at, "webhook", code)).await.unwrap();
        }
    }
    let kept = Refusals::list(&store, 200).await.unwrap();
    assert!(kept.iter().any(|one| one.code == "timestamp_out_of_range"), "{kept:#?}");
    assert!(kept.len() <= 20, "{}", kept.len());
    assert_eq!(kept[0].at, after(start, SECOND * 300), "the newest stay");

    // What an older process says late takes no place of something newer.
    let late = another(emulator, name, &clients, clock.clone());
    for number in 0_u32..10 {
        let at = after(start, SECOND * (270 + number));
        late.record_refusal(refused(at, "webhook", "signature_invalid")).await.unwrap();
    }
    let newest = Refusals::list(&store, 200).await.unwrap();
    let at_the_end = |kept: &[RefusedDelivery]| {
        kept.iter().filter(|one| one.at == after(start, SECOND * 300)).count()
    };
    assert_eq!(at_the_end(&newest), codes.len(), "{newest:#?}");
}

pub(super) async fn a_provider_has_a_place_for_addresses_without_a_connection(
    emulator: &Emulator,
    name: &str,
) {
    let (store, _, clock) = cloud::store(emulator, name).await;
    let start: Timestamp = super::world::START.parse().unwrap();
    let forgotten = RefusedDelivery {
        names: Reached::Provider,
        ..refused(start, "commercelayer", "not_found")
    };
    store.record_refusal(forgotten).await.unwrap();
    for number in 1_u32..=40 {
        let at = after(start, SECOND * 10 * number);
        clock.advance_to(at);
        store.record_refusal(refused(at, &format!("made{number}"), "not_found")).await.unwrap();
    }
    let kept = Refusals::list(&store, 200).await.unwrap();
    let of_provider: Vec<Reached> =
        kept.iter().filter(|one| one.provider == "commercelayer").map(|one| one.names).collect();
    assert_eq!(of_provider, [Reached::Provider], "{kept:#?}");
}

fn refused(at: Timestamp, provider: &str, code: &str) -> RefusedDelivery {
    let names = if code == "not_found" { Reached::Nothing } else { Reached::Endpoint };
    RefusedDelivery {
        at,
        since: at,
        count: 1,
        names,
        path: format!("/hooks/{provider}/shop"),
        provider: provider.to_owned(),
        connection: "shop".to_owned(),
        code: code.to_owned(),
        reason: "no".to_owned(),
        cure: "ask".to_owned(),
        warning: (names == Reached::Endpoint).then(|| "soon".to_owned()),
    }
}

pub(super) async fn a_token_that_lasts_is_asked_for_once(emulator: &Emulator, name: &str) {
    let (store, clients, clock) = cloud::store(emulator, name).await;
    let key = TokenKey("shop".to_owned());
    store.store(&key, token("token-1", after(clock.now(), SECOND * 60))).await.unwrap();
    let other = another(emulator, name, &clients, clock.clone());
    let read = async || {
        clients.requests().take_counts();
        let token = other.read(&key).await.unwrap().unwrap();
        assert_eq!(token.value.expose_secret(), "token-1");
        clients.requests().take_counts().values().sum::<u64>()
    };
    assert_eq!([read().await, read().await, read().await], [1, 0, 0]);
    clock.advance_to(after(clock.now(), SECOND * 60));
    assert_eq!([read().await, read().await], [1, 1], "one that has ended may have been renewed");
}

pub(super) async fn a_token_that_was_refused_is_looked_for_in_the_store(
    emulator: &Emulator,
    name: &str,
) {
    let (store, clients, clock) = cloud::store(emulator, name).await;
    let other = another(emulator, name, &clients, clock.clone());
    let (key, now) = (TokenKey("shop".to_owned()), clock.now());
    let ends = after(now, SECOND * 3_600);
    store.store(&key, token("token-1", ends)).await.unwrap();
    other.store(&key, token("token-2", ends)).await.unwrap();
    let read = async || store.read(&key).await.unwrap().unwrap().value.expose_secret().to_owned();
    assert_eq!(read().await, "token-1");
    assert!(store.lease(&key, now, after(now, SECOND)).await.unwrap());
    assert_eq!(read().await, "token-2");
}

/// The store as another process sees it.
fn another(
    emulator: &Emulator,
    name: &str,
    clients: &tradewind_aws::clients::Clients,
    clock: tradewind_memory::VirtualClock,
) -> Store {
    Store::new(clients, &cloud::stage(emulator, name), Arc::new(clock)).unwrap()
}

fn token(value: &str, expires_at: Timestamp) -> Token {
    Token { value: SecretString::from(value.to_owned()), expires_at }
}

fn version(number: u32, source: &str, applied_at: Timestamp) -> WorkflowVersion {
    WorkflowVersion {
        v: DEFINITIONS_VERSION,
        id: "a".into(),
        version: number,
        source: source.to_owned(),
        steps: Vec::new(),
        applied_at,
    }
}

/// A text that no compression makes much shorter.
fn noise(characters: usize) -> String {
    Alphanumeric.sample_string(&mut StdRng::seed_from_u64(1), characters)
}
