//! The programs of the functions, and what they are told.

use super::document::{Template, template as of_repository};
use super::generated::read;
use super::resolved::text;
use serde_json::Value;
use tradewind_stack::template;

#[test]
fn every_binary_is_deployed_once() {
    let manifest = read("functions/Cargo.toml");
    let names = manifest.split("[[bin]]\nname = \"").skip(1);
    let mut bins: Vec<&str> = names.map(|rest| rest.split('"').next().unwrap()).collect();
    let template = of_repository();
    let functions = template.functions();
    let mut deployed: Vec<String> = Vec::new();
    for function in &functions {
        // `cargo lambda build` builds all of them in one call; SAM has nothing to build.
        assert_eq!(function.value["Metadata"]["SkipBuild"], true);
        let code = function.property("CodeUri").as_str().unwrap();
        let bin = code.strip_prefix("target/lambda/").unwrap();
        let name = text(&template, function.property("FunctionName"));
        assert!(name.ends_with(&format!("-{bin}")) && name.len() <= 64, "{name}");
        deployed.push(bin.to_owned());
    }
    bins.sort_unstable();
    deployed.sort_unstable();
    assert_eq!(deployed, bins);
}

#[test]
fn the_architecture_is_said_once() {
    let template = of_repository();
    let globals = &template.section("Globals")["Function"];
    assert_eq!(globals["Architectures"][0]["Ref"], "Architecture");
    for function in template.functions() {
        assert_eq!(function.property("Architectures"), &Value::Null, "{}", function.logical);
    }
}

#[test]
fn variables_of_functions_are_texts() {
    let template = of_repository();
    for function in template.functions() {
        for (name, value) in function.property("Environment")["Variables"].as_object().unwrap() {
            let Some(column) = value["Fn::FindInMap"][2].as_str() else { continue };
            let of_kind = &template.section("Mappings")["StageKinds"]["live"][column];
            assert!(of_kind.is_string(), "{} of {}", name, function.logical);
        }
    }
}

#[test]
fn programs_may_lie_in_another_folder() {
    let elsewhere = Template::parse(&template::with_code_in(&read("template.yaml"), "/built"));
    let template = of_repository();
    assert_eq!(elsewhere.resources().len(), template.resources().len());
    for function in elsewhere.functions() {
        let here = template.resource(function.logical);
        let bin = here.property("CodeUri").as_str().unwrap().rsplit('/').next().unwrap();
        assert_eq!(function.property("CodeUri"), &format!("/built/{bin}"));
        assert_eq!(function.property("Role"), here.property("Role"));
    }
}
