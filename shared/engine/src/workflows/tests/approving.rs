//! Steps that ask people, as they are written.

use super::parsing::check_problems;
use super::{Words, check, connections, shown};
use crate::workflows::{Approval, Otherwise, StepKind, Workflow};

fn workflow(approval: &str) -> String {
    format!(
        "trigger: {{ event: a.b, from: shop }}\nsteps:\n  - id: ask\n    if: trigger.x\n    approval: {approval}\n"
    )
}

fn parsed(approval: &str) -> Workflow {
    Workflow::parse(&"w".into(), &workflow(approval)).unwrap()
}

fn approval(workflow: &Workflow) -> &Approval {
    match &workflow.step(&"ask".into()).unwrap().kind {
        StepKind::Approval(approval) => approval,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_is_told_is_told_before_under_the_same_condition() {
    let told = "[ops, { via: mail, email: a@example.com }, { via: mail, email: b@example.com }]";
    let workflow = parsed(&format!("{{ to: {told}, deadline: 2h }}"));
    let paths: Vec<&str> = workflow.steps.iter().map(|step| step.path.as_str()).collect();
    assert_eq!(paths, ["ask[ops]", "ask[mail]", "ask[mail:2]", "ask"]);
    for step in &workflow.steps[..3] {
        let action = step.action().unwrap();
        assert!(action.asks && step.condition.is_some() && step.id().is_none(), "{step:?}");
        assert_eq!(step.path.of_approval(), Some("ask".into()));
    }
    let approval = approval(&workflow);
    assert_eq!(approval.deadline.as_secs(), 7_200);
    assert_eq!(approval.otherwise, Otherwise::Cancel);
}

#[test]
fn what_is_wrong_with_an_approval_is_said_in_its_place() {
    let problems = [
        (
            "{ to: [ops] }",
            "5:15: missing_key: an approval needs a `deadline`: a run does not wait forever (write it as in `deadline: 24h`)",
        ),
        (
            "{ to: ops, deadline: 1h }",
            "5:21: type_mismatch: `to` must be a list, but is text (write it as in `to: [ops]`)",
        ),
        ("{ to: [ops, ops], deadline: 1h }", "5:27: duplicate_id: `ops` is told already"),
        (
            "{ deadline: 1h, otherwise: stop }",
            "5:42: unknown_value: `otherwise` must be `cancel` or `fail` or `continue`",
        ),
        ("{ deadline: 400d }", "5:27: delay_out_of_range: `deadline` must be 1 s–366 d"),
        ("{ deadline: 1h, question: '' }", "5:41: missing_key: `question` says nothing"),
    ];
    for (approval, problem) in problems {
        check_problems(&workflow(approval), problem);
    }
}

#[test]
fn an_item_of_a_loop_cannot_cancel_the_run() {
    check_problems(
        "trigger: { event: a.b, from: shop }\nsteps:\n  - id: each\n    for_each: { items: [1] }\n    steps:\n      - { id: ask, approval: { deadline: 1h } }\n",
        "6:30: unknown_value: in a loop an approval cannot cancel the run (write `otherwise: fail` or `otherwise: continue`)",
    );
}

#[test]
fn where_the_run_goes_on_past_the_approval_it_goes_on_past_its_messages() {
    let of = |on_error: &str| {
        let source = workflow("{ to: [ops], deadline: 2h }")
            .replace("    if:", &format!("{on_error}    if:"));
        let workflow = Workflow::parse(&"w".into(), &source).unwrap();
        workflow.steps.iter().map(|step| step.passes_its_failure()).collect::<Vec<_>>()
    };
    assert_eq!(of(""), [false, false]);
    assert_eq!(of("    on_error: continue\n"), [true, true]);
}

/// What is wrong with a step that goes on under this condition, behind an approval.
#[track_caller]
fn check_condition(condition: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - {{ id: ask, approval: {{ to: [ops], deadline: 2h, otherwise: continue }} }}\n  - {{ id: w, if: \"{condition}\", wait: {{ for: 1m }} }}\n"
    );
    let workflow = Workflow::parse(&"w".into(), &source).unwrap();
    let problems = check(&workflow, &Words::new(), &connections());
    assert_eq!(shown(&problems), expected, "{condition}");
}

#[test]
fn a_decision_is_compared_with_the_words_that_it_has() {
    let decision = "is one of approved, declined, expired";
    for (condition, expected) in [
        ("steps.ask.decision == 'approved'", String::new()),
        ("steps.ask.decision in ['declined', 'expired']", String::new()),
        ("steps.ask.decision | upper == 'APPROVED'", String::new()),
        ("'yes' == steps.ask.decision | replace('approved', 'yes')", String::new()),
        ("steps.ask.by == 'anybody'", String::new()),
        (
            "steps.ask.decision == 'yes'",
            format!("4:41: unknown_word: `steps.ask.decision` is never `yes` (it {decision})"),
        ),
        (
            "  'no' != steps.ask.decision",
            format!("4:21: unknown_word: `steps.ask.decision` is never `no` (it {decision})"),
        ),
        (
            "trigger.order.number == '1' and (steps.ask.decision not in ['approved', 'rejected'])",
            format!("4:91: unknown_word: `steps.ask.decision` is never `rejected` (it {decision})"),
        ),
        (
            "steps.ask.status == 'done'",
            "4:39: unknown_word: `steps.ask.status` is never `done` (it is one of succeeded, failed, skipped)"
                .to_owned(),
        ),
        (
            "steps.ask.status == 'fialed'",
            "4:39: unknown_word: `steps.ask.status` is never `fialed` (did you mean `failed`?)".to_owned(),
        ),
    ] {
        check_condition(condition, &expected);
    }
}
