//! What a deployed stack gives out.

use crate::emulator::Emulator;
use crate::tools::{Tools, run};
use std::collections::BTreeMap;
use std::path::Path;

const PRINT: &str = "
import boto3, json, sys
stack = boto3.client('cloudformation').describe_stacks(StackName=sys.argv[1])['Stacks'][0]
print(json.dumps({output['OutputKey']: output['OutputValue'] for output in stack['Outputs']}))
";

/// The outputs of the stage's stack by name.
pub(crate) fn outputs(
    tools: &Tools,
    emulator: &Emulator,
    folder: &Path,
    stage: &str,
) -> Result<BTreeMap<String, String>, String> {
    let mut command = tools.python(folder);
    command
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .env("AWS_ENDPOINT_URL", emulator.url())
        .args(["-c", PRINT, &format!("tradewind-{stage}")]);
    serde_json::from_str(&run(&mut command)?).map_err(|error| error.to_string())
}
