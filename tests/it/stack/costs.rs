//! The model of requests, and what follows from it: at most what the design of the protocol gives.

use super::document::template;
use tradewind_engine::workflows::Workflow;
use tradewind_stack::requests::{Calls, Requests, calls_of_steps, of_steps, per_run, total};
use tradewind_stack::{cost, drain};

#[test]
fn a_run_asks_for_what_the_protocol_gives() {
    for steps in [1, 5, 20] {
        let run = Requests {
            dynamodb: 2 + 2 * steps,
            sqs_messages: 1 + steps,
            eventbridge: 1,
            lambda: 2 + steps,
            api_gateway: 1,
            scheduler: 0,
        };
        assert_eq!(of_steps(steps), run, "{steps} steps");
    }
}

#[test]
fn functions_send_a_wake_up_for_each_step() {
    let calls = Calls { dynamodb: 12, sqs: 5, eventbridge: 1, scheduler: 0 };
    assert_eq!(calls_of_steps(5), calls);
}

#[test]
fn the_parts_of_a_workflow_come_to_the_same() {
    let parts = per_run(&workflow("from: shop"));
    let names: Vec<&str> = parts.iter().map(|part| part.what.as_str()).collect();
    assert_eq!(names, ["webhook", "event", "run", "step one", "step two"]);
    assert_eq!(total(&parts), of_steps(2));
}

#[test]
fn what_follows_the_end_of_a_run_comes_through_no_gateway() {
    let source = "trigger: { event: run.failed }\nsteps:\n  - { id: one, uses: chat.post, via: ops, with: { text: no } }\n";
    let parts = per_run(&Workflow::parse(&"told".into(), source).unwrap());
    assert_eq!(total(&parts).api_gateway, 0);
    assert_eq!(parts[0].what, "event");
}

#[test]
fn a_million_runs_cost_a_fifth_of_step_functions() {
    let [one, five] = cost::comparison();
    assert_eq!((one.steps, five.steps), (1, 5));
    assert_eq!((one.step_functions_standard, five.step_functions_standard), (75.0, 175.0));
    // 15 and 31 write units, which the benchmark holds the functions to.
    assert!((one.per_million.dynamodb - 9.375).abs() < 0.001, "{one:?}");
    assert!((five.per_million.dynamodb - 19.375).abs() < 0.001, "{five:?}");
    assert!(one.per_million_total < 15.5, "{}", one.per_million_total);
    assert!(five.per_million_total < 33.0, "{}", five.per_million_total);
}

#[test]
fn what_costs_and_times_assume_of_functions_is_what_the_template_says() {
    let template = template();
    let memory = &template.section("Globals")["Function"]["MemorySize"];
    assert_eq!(memory.as_f64().unwrap() / 1024.0, cost::MEMORY_GB);
    assert_eq!(template.times("live")["Concurrency"], u64::from(drain::INSTANCES));
    for function in template.functions() {
        if let Some(source) = function.property("Events")["Messages"]["Properties"].as_object() {
            assert_eq!(source["BatchSize"], drain::BATCH, "{}", function.logical);
        }
    }
}

fn workflow(from: &str) -> Workflow {
    let source = format!(
        "trigger: {{ event: order.placed, {from} }}\nsteps:\n  \
         - {{ id: one, uses: chat.post, via: ops, with: {{ text: a }} }}\n  \
         - {{ id: two, uses: chat.post, via: ops, with: {{ text: b }} }}\non_failure:\n  \
         - {{ uses: chat.post, via: ops, with: {{ text: c }} }}\n"
    );
    Workflow::parse(&"orders".into(), &source).unwrap()
}
