//! Which faults a world has, how often, and until when. Every seed has some kinds and not others,
//! because faults that always come together hide each other.

use super::chance::Chance;
use super::workflows::CONNECTIONS;
use std::time::Duration;
use tradewind_engine::protocol::Times;
use tradewind_engine::time::{Timestamp, after, until};

const HOUR_S: u64 = 3_600;
/// By how much a clock may be off, to either side.
const SKEWS_MS: [u64; 7] = [0, 0, 0, 2_500, 2_500, 2_500, 300_000];
/// The last is set too short by mistake: a message shows again while it is worked on.
const VISIBILITIES_S: [u64; 4] = [360, 360, 360, 15];

/// How often each kind of fault strikes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    /// A process dies, at any port call.
    pub(crate) crash: f64,
    /// A process stands still for ten minutes, at any port call.
    pub(crate) pause: f64,
    /// A call of a store, queue, bus, secret or limit fails, with or without effect.
    pub(crate) refuse: f64,
    /// A wake-up is lost, doubled, late, or there before its time.
    pub(crate) lose: f64,
    pub(crate) double: f64,
    pub(crate) late: f64,
    pub(crate) early: f64,
    /// A provider's answer is lost; before or after the effect.
    pub(crate) lost_answer: f64,
    pub(crate) not_sent: f64,
    /// It answers 429, 500, 503 or 502, 504.
    pub(crate) bad_status: f64,
    pub(crate) slow: f64,
    pub(crate) panic: f64,
    /// It refuses for good, until a person has repaired the cause.
    pub(crate) refused: f64,
}

/// A time in which something does not answer in `share` of all cases.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    pub(crate) what: &'static str,
    from: Timestamp,
    to: Timestamp,
    share: f64,
}

/// How a connection is down.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Down {
    Unreachable,
    /// Takes the request, and never answers.
    Hangs,
    Answers(u16),
}

/// A time in which a connection answers nobody.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionOutage {
    pub(crate) connection: &'static str,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    down: Down,
}

impl ConnectionOutage {
    /// Whether calls are taken, and never answered.
    pub(crate) fn hangs(&self) -> bool {
        matches!(self.down, Down::Hangs)
    }
}

/// The faults of a world.
pub(crate) struct Weather {
    chance: Chance,
    rates: Rates,
    outages: Vec<Outage>,
    pub(crate) connection_outages: Vec<ConnectionOutage>,
    /// Nothing fails but connections, so that it can be said how long what waits may do so.
    pub(crate) fair: bool,
    /// From then on nothing fails any more.
    pub(crate) calm_from: Timestamp,
    /// Nothing fails between these, and people repair everything.
    pub(crate) lull: Option<(Timestamp, Timestamp)>,
    /// The largest difference between two clocks.
    pub(crate) skew: Duration,
    pub(crate) times: Times,
    pub(crate) sweepers: usize,
    /// There is no sweeper, and nothing is done that needs one.
    pub(crate) unswept: bool,
    pub(crate) workers: usize,
}

impl Weather {
    /// `sky` is a stream of chance of its own.
    pub(crate) fn of(chance: &Chance, sky: &Chance, start: Timestamp) -> Self {
        let rate = |share: f64| {
            let often = chance.pick(&[0.2, 1.0, 1.0, 5.0]);
            if chance.hits(0.4) { share * often } else { 0.0 }
        };
        let rates = Rates {
            crash: rate(0.01),
            pause: rate(0.005),
            refuse: rate(0.02),
            lose: rate(0.05),
            double: rate(0.1),
            late: rate(0.05),
            early: rate(0.1),
            lost_answer: rate(0.1),
            not_sent: rate(0.05),
            bad_status: rate(0.1),
            slow: rate(0.1),
            panic: rate(0.02),
            refused: rate(0.02),
        };
        // Without a sweeper nothing may be stuck that no message was lost of, and no process died over.
        let unswept = chance.hits(0.15);
        let crash = chance.pick(&[0.0, 0.02]);
        let pause = if crash > 0.0 { rates.pause } else { 0.0 };
        let refuse = rates.refuse.max(0.03);
        let deadly = Rates { crash, pause, refuse, lose: 0.0, early: 0.0, ..rates };
        let rates = if unswept { deadly } else { rates };
        let calm_after = chance.pick(&[HOUR_S, 6 * HOUR_S, 30 * HOUR_S, 80 * HOUR_S]);
        let calm_from = after(start, Duration::from_secs(calm_after));
        let connection_outages =
            if sky.hits(0.4) { connection_outages(sky, start, calm_after) } else { Vec::new() };
        let fair = !connection_outages.is_empty() && sky.hits(0.5);
        let rates = if fair { Rates::default() } else { rates };
        let unswept = unswept && !fair;
        Self {
            rates,
            connection_outages,
            fair,
            outages: if unswept || fair { Vec::new() } else { outages(chance, start, calm_after) },
            calm_from,
            lull: lull(chance, start, calm_after).filter(|_| !unswept && !fair),
            skew: Duration::from_millis(chance.pick(if unswept || fair {
                &[0]
            } else {
                &SKEWS_MS
            })),
            times: Times {
                visibility: Duration::from_secs(chance.pick(&VISIBILITIES_S)),
                ..Times::STANDARD
            },
            unswept,
            sweepers: if unswept { 0 } else { chance.between(1, 2) },
            workers: chance.between(1, 3),
            chance: chance.clone(),
        }
    }

    /// Clocks that differ by minutes. How long a provider's search lags behind can then not be waited
    /// out, so nothing in such a world has to be asked; and no key is used in its last minutes.
    pub(crate) fn clocks_are_apart(&self) -> bool {
        self.skew > Duration::from_secs(60)
    }

    /// Whether nothing fails.
    pub(crate) fn is_calm(&self, now: Timestamp) -> bool {
        self.is_lull(now) || self.calm_from <= now
    }

    fn is_lull(&self, now: Timestamp) -> bool {
        self.lull.is_some_and(|(from, to)| from <= now && now < to)
    }

    /// Whether no process dies or stands still, and no store is away for long: then every worker learns
    /// what became of what it asked for.
    pub(crate) fn spares_processes(&self) -> bool {
        let is_away = |outage: &Outage| matches!(outage.what, "store" | "queue" | "bus");
        let Rates { crash, pause, .. } = self.rates;
        crash == 0.0 && pause == 0.0 && !self.outages.iter().any(is_away)
    }

    pub(crate) fn rates(&self, now: Timestamp) -> Rates {
        if self.is_calm(now) { Rates::default() } else { self.rates }
    }

    /// Whether a service is out of order at this very call.
    pub(crate) fn strikes(&self, what: &str, now: Timestamp) -> bool {
        let share = self.share(what, now).max(match what {
            "sweeper" | "workers" | "provider" => 0.0,
            _ => self.rates(now).refuse,
        });
        self.chance.hits(share)
    }

    /// Whether a service is wholly out of order.
    pub(crate) fn is_out(&self, what: &str, now: Timestamp) -> bool {
        self.share(what, now) >= 1.0
    }

    /// How a connection is down.
    pub(crate) fn outage_of(&self, connection: &str, now: Timestamp) -> Option<Down> {
        let is_now = |one: &&ConnectionOutage| {
            one.connection == connection && one.from <= now && now < one.to && !self.is_lull(now)
        };
        self.connection_outages.iter().find(is_now).map(|one| one.down)
    }

    /// For how much of this time the connection was down.
    pub(crate) fn down_within(&self, connection: &str, from: Timestamp, to: Timestamp) -> Duration {
        let own = self.connection_outages.iter().filter(|one| one.connection == connection);
        own.map(|one| until(one.from.max(from), one.to.min(to))).sum()
    }

    fn share(&self, what: &str, now: Timestamp) -> f64 {
        let now_out = |out: &&Outage| out.what == what && out.from <= now && now < out.to;
        let shares = self.outages.iter().filter(now_out).map(|outage| outage.share);
        if self.is_calm(now) { 0.0 } else { shares.fold(0.0, f64::max) }
    }
}

/// Some hours in the middle of a world.
fn lull(chance: &Chance, start: Timestamp, calm_after_s: u64) -> Option<(Timestamp, Timestamp)> {
    let lasts = Duration::from_secs(3 * HOUR_S);
    if calm_after_s < 6 * HOUR_S || !chance.hits(0.4) {
        return None;
    }
    let from = after(start, chance.seconds(HOUR_S / 2, calm_after_s - 4 * HOUR_S));
    Some((from, after(from, lasts)))
}

fn connection_outages(sky: &Chance, start: Timestamp, calm_after_s: u64) -> Vec<ConnectionOutage> {
    let outages = CONNECTIONS.iter().filter(|_| sky.hits(0.6)).map(|connection| {
        let from = after(start, sky.seconds(0, sky.pick(&[120, calm_after_s / 2])));
        let lasts = sky.pick(&[60, 240, 240, 3_600, 6 * HOUR_S]);
        let down =
            sky.pick(&[Down::Unreachable, Down::Hangs, Down::Answers(500), Down::Answers(503)]);
        ConnectionOutage { connection, from, to: after(from, Duration::from_secs(lasts)), down }
    });
    outages.collect()
}

fn outages(chance: &Chance, start: Timestamp, calm_after_s: u64) -> Vec<Outage> {
    let mut outages = Vec::new();
    let kinds = [
        "store",
        "definitions",
        "queue",
        "bus",
        "secrets",
        "limits",
        "provider",
        "sweeper",
        "workers",
    ];
    for what in kinds {
        if !chance.hits(0.25) {
            continue;
        }
        let lasts = match what {
            "sweeper" => Duration::from_secs(24 * HOUR_S),
            "provider" => chance.seconds(60, 6 * HOUR_S),
            _ => chance.seconds(1, 3 * HOUR_S),
        };
        let from = after(start, chance.seconds(0, calm_after_s));
        let whole = matches!(what, "sweeper" | "workers");
        let share = if whole { 1.0 } else { chance.pick(&[0.05, 0.5, 1.0]) };
        outages.push(Outage { what, from, to: after(from, lasts), share });
    }
    outages
}
