//! A template of some functions stands by itself, whichever they are.

use super::document::Template;
use serde_json::Value;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::workflows::FRESH_READ;
use tradewind_stack::function::{Function, functions};
use tradewind_stack::template::{WHOLE, is_slim, slim};

/// The platform's functions with the action of that number, and the trigger of that number if there is one. Whoever
/// asks orders afresh needs the function that reads them.
fn some(action: usize, trigger: Option<usize>) -> Vec<Function> {
    let (mut actions, mut triggers) = (0, 0);
    let all = functions(&catalog()).into_iter();
    all.filter(|one| {
        if let Some(id) = one.action() {
            actions += 1;
            return actions - 1 == action || id == FRESH_READ;
        }
        if one.trigger().is_some() {
            triggers += 1;
            return Some(triggers - 1) == trigger;
        }
        true
    })
    .collect()
}

#[test]
fn a_template_of_few_functions_refers_to_nothing_that_is_left_out() {
    for action in 0..catalog().actions.len() {
        for trigger in [None, Some(0), Some(1)] {
            let functions = some(action, trigger);
            let template = Template::parse(&slim(&functions, "/code"));
            assert_eq!(template.functions().len(), functions.len());
            let names = template.resources().into_iter().map(|one| one.logical.to_owned());
            let mut known: BTreeSet<String> = names.collect();
            let parameters = template.section("Parameters").as_object().unwrap();
            known.extend(parameters.keys().cloned());
            for resource in template.resources() {
                let mut named = BTreeSet::new();
                references(resource.value, &mut named);
                let missing: Vec<&String> = named.difference(&known).collect();
                assert!(missing.is_empty(), "{} needs {missing:?}", resource.logical);
            }
        }
    }
}

/// What `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn` name.
fn references(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Array(several) => several.iter().for_each(|one| references(one, named)),
        Value::Object(fields) => {
            for (key, one) in fields {
                match (key.as_str(), one) {
                    ("Ref", Value::String(name)) => add(name, named),
                    ("Fn::GetAtt", Value::String(name)) => {
                        add(name.split('.').next().unwrap(), named)
                    }
                    ("Fn::Sub", Value::String(text)) => {
                        let parts = text.split("${").skip(1);
                        let parts = parts.filter_map(|part| part.split(['}', '.']).next());
                        parts.for_each(|name| add(name, named));
                    }
                    ("DependsOn", Value::Array(names)) => {
                        names.iter().filter_map(Value::as_str).for_each(|name| add(name, named));
                    }
                    (_, one) => references(one, named),
                }
            }
        }
        _ => {}
    }
}

fn add(name: &str, named: &mut BTreeSet<String>) {
    if !name.starts_with("AWS::") {
        named.insert(name.to_owned());
    }
}

#[test]
fn the_template_of_all_functions_is_the_one_in_the_repository() {
    let (all, whole) = (slim(&functions(&catalog()), "/code"), Template::parse(WHOLE));
    let all = Template::parse(&all);
    for resource in whole.resources() {
        let other = all.resource(resource.logical);
        if resource.value["Type"] == "AWS::Serverless::Function" {
            assert_eq!(other.property("Role"), resource.property("Role"));
            let code = other.property("CodeUri").as_str().unwrap();
            assert!(code.starts_with("/code/"), "{code}");
        } else {
            assert_eq!(other.value, resource.value, "{}", resource.logical);
        }
    }
    assert_eq!(all.resources().len(), whole.resources().len());
}

#[test]
fn a_slim_template_is_known_again_and_the_one_of_the_repository_is_none() {
    assert!(is_slim(&slim(&some(0, None), "/code")) && !is_slim(WHOLE));
    assert!(!is_slim("AWSTemplateFormatVersion: \"2010-09-09\"\nResources: {}\n"));
}
