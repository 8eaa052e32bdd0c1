//! The dashboard: what waits, what was given up on, what the functions say of themselves.

use crate::function::Function;
use crate::naming;
use serde_json::{Value, json};

/// As a resource of the template; every widget and every metric is a line.
pub(super) fn resource(functions: &[Function]) -> String {
    let widgets: Vec<String> = widgets(functions).iter().map(widget_lines).collect();
    format!(
        "  Dashboard:\n    Type: AWS::CloudWatch::Dashboard\n    Properties:\n      \
         DashboardName: !Sub tradewind-${{Stage}}\n      DashboardBody: !Sub |\n        \
         {{\"widgets\": [\n{}\n        ]}}\n",
        widgets.join(",\n")
    )
}

fn widget_lines(widget: &Value) -> String {
    let mut widget = widget.clone();
    let metrics = widget["properties"]["metrics"].take();
    let metrics = metrics.as_array().map(Vec::as_slice).unwrap_or_default();
    let metrics: Vec<String> = metrics.iter().map(|one| format!("          {one}")).collect();
    let metrics = format!("\"metrics\":[\n{}\n        ]", metrics.join(",\n"));
    format!("        {}", widget.to_string().replace("\"metrics\":null", &metrics))
}

fn widgets(functions: &[Function]) -> Vec<Value> {
    let queues: Vec<String> = functions.iter().filter_map(Function::queue).collect();
    let dead = queues.iter().map(|queue| naming::dead(queue));
    let dead: Vec<String> = dead.chain([naming::UNDELIVERED.to_owned()]).collect();
    let bins: Vec<String> = functions.iter().map(|function| function.bin.clone()).collect();
    let widgets = [
        ours("Runs that stand still, and the heartbeat", "Maximum", &["StuckRuns", "Heartbeat"]),
        ours("Errors and throttles", "Sum", &["Errors", "Throttles"]),
        each("Dead letters", "Maximum", "AWS/SQS", SHOWN, "QueueName", &dead),
        each("Waiting", "Maximum", "AWS/SQS", SHOWN, "QueueName", &queues),
        each("Seconds that the oldest waits", "Maximum", "AWS/SQS", AGE, "QueueName", &queues),
        each("Calls of functions", "Sum", "AWS/Lambda", "Invocations", "FunctionName", &bins),
        each("Failed calls", "Sum", "AWS/Lambda", "Errors", "FunctionName", &bins),
        each("Milliseconds (p99)", "p99", "AWS/Lambda", "Duration", "FunctionName", &bins),
        requests("Requests, refused and failed"),
    ];
    let placed = widgets.into_iter().enumerate().map(|(number, properties)| {
        let (column, row) = (number % 2, number / 2);
        json!({
            "type": "metric", "x": column * 12, "y": row * 6, "width": 12, "height": 6,
            "properties": properties,
        })
    });
    placed.collect()
}

const SHOWN: &str = "ApproximateNumberOfMessagesVisible";
const AGE: &str = "ApproximateAgeOfOldestMessage";

fn ours(title: &str, statistic: &str, metrics: &[&str]) -> Value {
    let metrics =
        metrics.iter().map(|metric| json!([naming::METRICS, metric, "Stage", "${Stage}"]));
    widget(title, statistic, metrics.collect())
}

/// What the gateway throttles is among those that are refused.
fn requests(title: &str) -> Value {
    let metrics = ["Count", "4xx", "5xx"];
    let metrics = metrics.map(|metric| json!(["AWS/ApiGateway", metric, "ApiId", "${Api}"]));
    widget(title, "Sum", metrics.into())
}

fn each(
    title: &str,
    statistic: &str,
    namespace: &str,
    metric: &str,
    dimension: &str,
    names: &[String],
) -> Value {
    let metrics = names.iter().map(|name| {
        json!([namespace, metric, dimension, naming::staged("${Stage}", name), { "label": name }])
    });
    widget(title, statistic, metrics.collect())
}

fn widget(title: &str, statistic: &str, metrics: Vec<Value>) -> Value {
    json!({
        "title": title, "region": "${AWS::Region}", "stat": statistic, "period": 60,
        "metrics": metrics,
    })
}
