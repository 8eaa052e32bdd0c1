//! `tradewind plan`: what the project folder comes to on AWS, without any process or account.

mod before;
mod tables;
mod template;

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::hosts;
use crate::command::printing::problems;
use crate::command::project_folder;
use clap::{Args, value_parser};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::project::Project;
use tradewind_platform::apply;
use tradewind_stack::plan::{Plan, Question, plan as look, used};

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The name of the stage
    #[arg(long, default_value = "live")]
    stage: String,
    /// How many events come at once
    #[arg(long, value_name = "EVENTS", default_value_t = 1_000, value_parser = value_parser!(u64).range(1..=10_000_000))]
    burst: u64,
    #[command(flatten)]
    template: template::TemplateArgs,
}

pub(crate) async fn plan(cx: &Cx, args: &PlanArgs) -> Result<(), Error> {
    let folder = project_folder::read(&cx.dir, &cx.environment)?;
    let catalog = catalog();
    let checked = apply::check(&catalog, &folder.files, &cx.allowed_hosts);
    let project = Project::parse(&folder.files.project);
    let (checked, project) = match (checked, project) {
        (Ok(checked), Ok(project)) if folder.problems.is_empty() => (checked, project),
        (checked, _) => {
            let mut found = folder.problems;
            found.extend(checked.err().unwrap_or_default());
            return Err(problems::report(cx.output, found));
        }
    };
    let hosts = apply::secret_hosts(&checked.project, &checked.catalog, &cx.allowed_hosts);
    let before = before::hosts(cx).await;
    let question = Question {
        hosts: before.compared(hosts),
        compared_with: before.source(),
        catalog: &catalog,
        project: &project,
        checked: &checked,
        stage: &args.stage,
        burst: args.burst,
    };
    let used = used(&question);
    if args.template.is_printed() {
        return args.template.write(cx, &used);
    }
    let plan = look(&question);
    show(cx, &plan);
    if !plan.hosts.is_empty() {
        before.print_unknown(cx);
    }
    before.warn_of_gone(cx, &used);
    args.template.write(cx, &used)
}

fn show(cx: &Cx, plan: &Plan) {
    if cx.output.json {
        cx.output.document(plan);
        return;
    }
    let hosts: Vec<_> = plan.hosts.iter().cloned().map(Into::into).collect();
    let sections = [
        ("Functions", tables::functions(plan)),
        ("Permissions", tables::permissions(plan)),
        ("Queues", tables::queues(plan)),
        ("Schedules", tables::schedules(plan)),
        (
            "Secrets: store each with the command that `tradewind plan --json` shows",
            tables::secrets(plan),
        ),
        ("Hosts that receive secrets", hosts::table(&hosts)),
        ("Webhooks to register", tables::webhooks(plan)),
        ("Requests per run", tables::requests(plan)),
        ("On top, each time", tables::additions(plan)),
        ("Cost of 1,000 events with all their runs, in dollars", tables::costs(plan)),
        ("A burst", tables::drains(plan)),
        ("Cost of a month without any event, in dollars", tables::idle(plan)),
    ];
    let mut is_first = true;
    for (title, table) in sections {
        let Some(table) = table else { continue };
        if !is_first {
            cx.output.line("");
        }
        is_first = false;
        cx.output.line(title);
        table.show(cx.output);
    }
    hosts::explain(&hosts, cx.output);
    for warning in &plan.warnings {
        cx.output.note("");
        cx.output.note(format!("warning: {warning}"));
    }
}
