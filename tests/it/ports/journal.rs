//! Lists of commands.

use super::World;
use super::given::{
    QUEUE, cancel, claim, claim_as, complete, event, record, run, send, start, write,
};
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::events::{Decision, EventRecord, Verdict};
use tradewind_engine::protocol::{Change, Command, Committed};
use tradewind_engine::runs::RunState;
use tradewind_engine::time::after;

pub(super) async fn one_of_many_starts_wins(world: &World) {
    let run = run("run_1", world.now());
    let commands = [start(&run), send("run_1")];
    let ends = join_all((0..20).map(|_| world.commit(&commands))).await;

    let won = ends.iter().filter(|end| matches!(end, Committed::Applied(_))).count();
    assert_eq!(won, 1);
    for end in ends {
        let (Committed::Applied(seen) | Committed::Refused { current: seen }) = end;
        assert_eq!(seen.as_deref(), Some(&run));
    }
    assert_eq!(world.receive(QUEUE).await.len(), 1, "those that lost must send nothing");
}

pub(super) async fn one_of_many_claims_wins_and_only_its_fence_completes(world: &World) {
    let run = run("run_1", world.now());
    world.commit(&[start(&run)]).await;
    let claims: Vec<_> = (0..20).map(|_| [claim(&run, world.now())]).collect();
    let ends = join_all(claims.iter().map(|claim| world.commit(claim))).await;

    let claimed: Vec<_> = ends.iter().filter_map(applied).collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].steps[&"log".into()].fence, 1);

    let late = world.commit(&[complete(&run, 0, world.now())]).await;
    assert_eq!(late, Committed::Refused { current: Some(Box::new(claimed[0].clone())) });
    let done = world.commit(&[complete(&run, 1, world.now())]).await;
    assert_eq!(applied(&done).unwrap().state, RunState::Succeeded);
}

/// The answer to the first may have been lost; what others did to the run meanwhile does not matter.
pub(super) async fn a_claim_that_is_made_again_is_the_same_claim(world: &World) {
    let run = run("run_1", world.now());
    world.commit(&[start(&run)]).await;
    let mine = [claim_as("mine", &run, world.now())];
    let first = world.commit(&mine).await;
    let claimed = applied(&first).unwrap().clone();
    assert_eq!(world.commit(&mine).await, first);
    let others = world.commit(&[claim_as("another's", &run, world.now())]).await;
    assert_eq!(others, Committed::Refused { current: Some(Box::new(claimed.clone())) });

    let seen = claimed.check_at.unwrap();
    let later = Change::CheckLater { seen, check_at: Some(after(seen, Duration::from_secs(900))) };
    let swept = world.commit(&[write(&run.id, later)]).await;
    assert_eq!(world.commit(&mine).await, swept);
    assert_eq!(applied(&swept).unwrap().steps, claimed.steps);

    world.commit(&[complete(&run, 1, world.now())]).await;
    assert!(applied(&world.commit(&mine).await).is_none(), "what has ended is not claimed again");
}

pub(super) async fn a_refused_write_stops_the_list(world: &World) {
    let (old, new) = (run("run_old", world.now()), run("run_new", world.now()));
    world.commit(&[start(&old)]).await;
    let event = event("event_1", world.now());
    let commands = [record(event.clone()), send("before"), start(&new), start(&old), send("after")];
    let end = world.commit(&commands).await;

    assert_eq!(end, Committed::Refused { current: Some(Box::new(old)) });
    let sent = world.receive(QUEUE).await;
    let kept = world.events().read(&event.id).await.unwrap();
    let started = world.runs().read(&new.id).await.unwrap();
    let done_before = usize::from(!world.all_or_nothing);
    assert_eq!(sent.len(), done_before);
    assert_eq!(kept.iter().count(), done_before);
    assert_eq!(started.iter().count(), done_before);
}

pub(super) async fn a_refusal_shows_the_run_as_it_stands(world: &World) {
    let run = run("run_1", world.now());
    let unknown = world.commit(&[claim(&run, world.now())]).await;
    assert_eq!(unknown, Committed::Refused { current: None });

    world.commit(&[start(&run)]).await;
    let end = world.commit(&[claim(&run, world.now()), claim(&run, world.now())]).await;
    let Committed::Refused { current } = end else { panic!("claimed twice") };
    let stored = world.runs().read(&run.id).await.unwrap();
    assert_eq!(current.as_deref(), stored.as_ref());
    let is_unclaimed = stored.as_ref() == Some(&run);
    assert_eq!(is_unclaimed, world.all_or_nothing);
}

pub(super) async fn writes_of_one_list_see_each_other(world: &World) {
    let (first, second) = (run("run_1", world.now()), run("run_2", world.now()));
    let now = world.now();
    let commands = [
        start(&first),
        claim(&first, now),
        start(&second),
        complete(&first, 1, now),
        cancel(&second, now),
    ];
    let end = world.commit(&commands).await;

    let last = applied(&end).expect("all of it is allowed");
    assert_eq!((&last.id, last.state), (&second.id, RunState::Cancelled));
    assert_eq!(world.runs().read(&second.id).await.unwrap().as_ref(), Some(last));
    let first = world.runs().read(&first.id).await.unwrap().unwrap();
    assert_eq!(first.state, RunState::Succeeded);
    assert_eq!(world.commit(&[Command::Ack]).await, Committed::Applied(None));
}

pub(super) async fn the_first_record_of_an_event_stays(world: &World) {
    let first = event("event_1", world.now());
    let mut second = first.clone();
    second.name = "order.cancelled".to_owned();
    world.commit(&[record(first.clone())]).await;
    world.commit(&[record(second), send("run_1")]).await;

    assert_eq!(world.events().read(&first.id).await.unwrap().unwrap().event, first);
    assert_eq!(world.receive(QUEUE).await.len(), 1, "what stands beside it is still done");
}

pub(super) async fn a_record_with_an_error_makes_way_for_the_next(world: &World) {
    let event = event("event_1", world.now());
    let record = |decision| {
        let verdict = Verdict { workflow: "order-log".into(), version: 1, decision };
        EventRecord { event: event.clone(), verdicts: vec![verdict], redacted_at: None }
    };
    let failed = record(Decision::Error("once_per: there is no number".to_owned()));
    let taken = record(Decision::Run("run_1".into()));
    let refused = record(Decision::NoMatch("the workflow is disabled".to_owned()));
    for (next, expected) in [(&failed, &failed), (&taken, &taken), (&refused, &taken)] {
        world.commit(&[Command::Record(next.clone())]).await;
        let kept = world.events().read(&event.id).await.unwrap();
        assert_eq!(kept.as_ref(), Some(expected));
    }
}

pub(super) async fn a_list_without_a_message_acknowledges_nothing(world: &World) {
    world.commit(&[send("run_1"), Command::Ack]).await;
    assert_eq!(world.receive(QUEUE).await.len(), 1);
}

fn applied(end: &Committed) -> Option<&tradewind_engine::runs::Run> {
    match end {
        Committed::Applied(run) => run.as_deref(),
        Committed::Refused { .. } => None,
    }
}
