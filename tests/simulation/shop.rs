//! The shop: things are made and sold, and it tells of them again and again until it gets a 2xx,
//! and sometimes long after.

use super::providers::SHOP;
use super::site::Site;
use super::slots::{crowd, stop_some};
use super::workers::deployed;
use super::world::{Accepted, CANARY_EMAIL, CANARY_SECRET, World};
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::deliveries::Delivery;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::after;
use tradewind_platform::receive::{Receiving, receive};

/// The shop tries so often, at longer and longer intervals.
const TRIES: u32 = 12;

#[derive(Clone)]
struct Happening {
    thing: usize,
    delivery: String,
    topic: &'static str,
    vip: bool,
}

pub(crate) fn open(world: &Arc<World>) {
    let count = if world.chance.hits(0.02) { 20 } else { world.chance.between(1, 4) };
    let busy_s = world.weather.calm_from.duration_since(world.start).as_secs().unsigned_abs();
    for number in 0..count {
        // Late enough for every clock to show a time after the workflows were applied.
        let first_at =
            world.weather.skew * 2 + world.chance.seconds(1, world.chance.pick(&[60, busy_s]));
        let happening = Happening {
            // Two deliveries may be about the same thing.
            thing: if world.chance.hits(0.2) { 0 } else { number },
            delivery: format!("d{number}"),
            topic: world.chance.pick(&["made", "made", "sold"]),
            vip: world.chance.hits(0.6),
        };
        if world.chance.hits(0.4) {
            // Some wait for it.
            let sold_at =
                first_at + world.chance.seconds(0, world.chance.pick(&[10, 1_800, 86_400]));
            let sold = Happening {
                delivery: format!("d{number}s"),
                topic: "sold",
                vip: world.chance.hits(0.6),
                ..happening.clone()
            };
            {
                let mut facts = world.facts.lock().unwrap();
                facts.told_until = facts.told_until.max(Some(after(world.now(), sold_at)));
            }
            let site = Site::new(world, &format!("hook{number}s"));
            world.executor.spawn(tell(site, sold, sold_at));
        }
        world.executor.spawn(tell(Site::new(world, &format!("hook{number}")), happening, first_at));
    }
}

/// Many things at the same moment.
pub(crate) fn open_crowded(world: &Arc<World>) {
    let (count, at) = crowd(&world.limiting);
    let first_at = world.weather.skew * 2 + at;
    if count > 0 {
        world.executor.spawn(stop_some(world.clone(), first_at));
    }
    for number in 0..count {
        let (delivery, vip) = (format!("c{number}"), number % 2 == 0);
        let happening = Happening { thing: 100 + number % 3, delivery, topic: "made", vip };
        {
            let mut facts = world.facts.lock().unwrap();
            facts.told_until = facts.told_until.max(Some(after(world.now(), first_at)));
        }
        let site = Site::new(world, &format!("crowd{number}"));
        world.executor.spawn(tell(site, happening, first_at));
    }
}

async fn tell(site: Arc<Site>, happening: Happening, first_at: Duration) {
    let world = site.world.clone();
    world.clock.sleep(first_at).await;
    let copies = if world.chance.hits(0.3) { 10 } else { 1 };
    let told = (0..copies).map(|_| async {
        world.clock.sleep(world.chance.seconds(0, 1)).await;
        until_accepted(&site, &happening).await;
    });
    join_all(told).await;
    for (share, days) in [(0.2, 3), (0.05, 13)] {
        if world.chance.hits(share) {
            let pause = Duration::from_secs(days * 86_400);
            {
                let mut facts = world.facts.lock().unwrap();
                facts.told_until = facts.told_until.max(Some(after(world.now(), pause)));
            }
            world.clock.sleep(pause).await;
            until_accepted(&site, &happening).await;
        }
    }
}

async fn until_accepted(site: &Arc<Site>, happening: &Happening) {
    let mut pause = Duration::from_secs(5);
    for _ in 0..TRIES {
        if let Ok(true) = site.alive(once(site, happening)).await {
            return;
        }
        site.world.clock.sleep(pause).await;
        pause *= 2;
    }
}

/// One request; true for a 2xx.
async fn once(site: &Arc<Site>, happening: &Happening) -> bool {
    let world = &site.world;
    let receiving = Receiving {
        deployed: deployed(site),
        secrets: site.clone(),
        bus: site.clone(),
        clock: site.clone(),
        body_bytes_max: 1_000_000,
        one_large: Default::default(),
        refreshed: Default::default(),
        unset: Default::default(),
    };
    let accepted = receive(&receiving, &SHOP, &"shop".into(), &request(happening)).await;
    let result = if accepted.is_ok() { "2xx" } else { "refused" };
    world.note(&site.name, "delivery", &[&happening.delivery], result);
    let Ok(ids) = accepted else { return false };
    let name = if happening.topic == "sold" { "thing.sold" } else { "thing.made" };
    let thing = format!("thing-{}", happening.thing);
    let accepted = Accepted { at: world.now(), name, vip: happening.vip, thing };
    let mut facts = world.facts.lock().unwrap();
    for id in ids {
        facts.accepted.entry(id).or_insert_with(|| accepted.clone());
    }
    true
}

fn request(happening: &Happening) -> Delivery {
    let body = serde_json::json!({
        "delivery": happening.delivery,
        "topic": happening.topic,
        "thing": {
            "id": format!("thing-{}", happening.thing),
            "email": CANARY_EMAIL,
            "vip": happening.vip,
        },
    });
    let mut headers = http::HeaderMap::new();
    headers.insert("content-type", http::HeaderValue::from_static("application/json"));
    headers.insert("x-token", http::HeaderValue::from_static(CANARY_SECRET));
    Delivery {
        method: http::Method::POST,
        headers,
        query: String::new(),
        body: body.to_string().into(),
    }
}
