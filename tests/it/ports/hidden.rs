//! Records that nobody can read.

use super::World;
use super::given::{cancel, run, start};
use super::records::history;
use std::time::Duration;
use tradewind_engine::ports::RunFilter;
use tradewind_engine::protocol::Command;
use tradewind_engine::time::after;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
/// More than the sweeper takes in one go.
const DAMAGED: usize = 250;
const PAGE: usize = 100;

pub(super) async fn runs_that_cannot_be_read_are_passed_by_and_hide_no_other(world: &World) {
    let damaged: Vec<String> = (0..DAMAGED).map(|number| format!("run_{number:03}")).collect();
    world.commit(&[start(&run("run_first", world.now()))]).await;
    world.pass(SECOND);
    let starts: Vec<Command> = damaged.iter().map(|id| start(&run(id, world.now()))).collect();
    world.commit(&starts).await;
    world.pass(SECOND);
    world.commit(&[start(&run("run_last", world.now()))]).await;
    world.damage(&damaged).await;

    let now = after(world.now(), HOUR);
    let (mut from, mut found, mut hidden) = (None, Vec::new(), Vec::new());
    loop {
        let page = world.runs().due(now, from.as_ref(), PAGE).await.unwrap();
        assert!(page.seen() <= PAGE);
        found.extend(page.records.into_iter().map(|run| run.id.0));
        hidden.extend(page.hidden);
        let Some(next) = page.next else { break };
        from = Some(next);
    }
    assert_eq!(found, ["run_first", "run_last"]);
    let mut ids: Vec<&str> = hidden.iter().map(|hidden| hidden.place.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, damaged);
    assert!(hidden.iter().all(|hidden| !hidden.why.is_newer()));

    for hidden in &hidden {
        world.runs().postpone_check(&hidden.place, after(now, HOUR)).await.unwrap();
        // Whoever met it before is too late.
        world.runs().postpone_check(&hidden.place, after(now, HOUR * 2)).await.unwrap();
    }
    let due = world.runs().due(now, None, PAGE).await.unwrap();
    assert_eq!((due.seen(), due.len()), (2, 2));
    let (mut from, mut seen) = (None, 0);
    loop {
        let page = world.runs().due(after(now, HOUR), from.as_ref(), PAGE).await.unwrap();
        seen += page.seen();
        let Some(next) = page.next else { break };
        from = Some(next);
    }
    assert_eq!(seen, DAMAGED + 2, "they are looked at again");
    check_list(world, DAMAGED).await;
}

/// Page after page leads to the oldest run.
async fn check_list(world: &World, damaged: usize) {
    let mut filter = RunFilter { limit: PAGE, ..RunFilter::default() };
    let (mut found, mut hidden) = (Vec::new(), 0);
    loop {
        let page = world.runs().list(&filter).await.unwrap();
        hidden += page.hidden_counts().1;
        found.extend(page.records.into_iter().map(|run| run.id.0));
        let Some(next) = page.next else { break };
        filter.before = Some(next);
    }
    assert_eq!((found, hidden), (vec!["run_last".to_owned(), "run_first".to_owned()], damaged));
}

pub(super) async fn a_run_that_cannot_be_read_is_purged_when_its_time_is_over(world: &World) {
    let runs = ["run_1", "run_2"].map(|id| run(id, world.now()));
    for run in &runs {
        world.commit(&[start(run), cancel(run, world.now())]).await;
    }
    world.pass(SECOND);
    world.damage(&["run_1".to_owned()]).await;
    let unredacted = world.runs().unredacted(world.now(), None, 10).await.unwrap();
    assert_eq!((unredacted.len(), unredacted.hidden_counts()), (1, (0, 1)));
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 2);
    let any = RunFilter { limit: 10, ..RunFilter::default() };
    assert_eq!(world.runs().list(&any).await.unwrap().seen(), 0);
}
