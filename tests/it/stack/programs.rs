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
    let mut deployed: Vec<&str> = Vec::new();
    for function in template.functions() {
        let metadata = &function.value["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda");
        let bin = metadata["BuildProperties"]["Binary"].as_str().unwrap();
        let name = text(&template, function.property("FunctionName"));
        assert!(name.ends_with(&format!("-{bin}")) && name.len() <= 64, "{name}");
        deployed.push(bin);
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
fn prebuilt_binaries_take_the_place_of_sources() {
    let source = read("template.yaml");
    let prebuilt = Template::parse(&template::prebuilt(&source, "target/lambda"));
    let template = Template::parse(&source);
    assert_eq!(prebuilt.resources().len(), template.resources().len());
    for function in prebuilt.functions() {
        let before = template.resource(function.logical);
        let bin = before.value["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        assert_eq!(function.property("CodeUri"), &format!("target/lambda/{bin}"));
        assert_eq!(function.value["Metadata"], Value::Null);
        assert_eq!(function.property("Role"), before.property("Role"));
    }
}
