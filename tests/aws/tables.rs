//! The two tables, made as the template describes them: the tests have no description of their own.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use serde_json::Value;

const TEMPLATE: &str = include_str!("../../template.yaml");
/// The tables by their names in the template.
pub(crate) const DEFINITIONS: &str = "DefinitionsTable";
pub(crate) const RUNS: &str = "RunsTable";

/// Makes the table of that name in the template under this one.
pub(crate) async fn make(dynamodb: &Client, logical: &str, name: &str) {
    let properties = properties(logical);
    let create = dynamodb.create_table().table_name(name);
    let create = create
        .billing_mode(BillingMode::from(text(&properties["BillingMode"])))
        .set_attribute_definitions(Some(each(&properties["AttributeDefinitions"], attribute)))
        .set_key_schema(Some(each(&properties["KeySchema"], key)));
    let indexes = &properties["GlobalSecondaryIndexes"];
    let indexes = indexes.is_array().then(|| each(indexes, index));
    create.set_global_secondary_indexes(indexes).send().await.unwrap();
}

/// The properties of a resource: it uses nothing but plain YAML.
fn properties(logical: &str) -> Value {
    let start = TEMPLATE.find(&format!("\n  {logical}:\n")).unwrap() + 1;
    let is_next = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let lines = TEMPLATE[start..].lines().skip(1).take_while(|line| !is_next(line));
    let resource: String = lines.map(|line| format!("{line}\n")).collect();
    let resource = tradewind_engine::yaml::parse(&resource).unwrap().to_json();
    assert_eq!(resource["Type"], "AWS::DynamoDB::Table");
    resource["Properties"].clone()
}

fn each<T>(list: &Value, one: impl Fn(&Value) -> T) -> Vec<T> {
    list.as_array().unwrap().iter().map(one).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn attribute(of: &Value) -> AttributeDefinition {
    let attribute = AttributeDefinition::builder().attribute_name(text(&of["AttributeName"]));
    let kind = ScalarAttributeType::from(text(&of["AttributeType"]));
    attribute.attribute_type(kind).build().unwrap()
}

fn key(of: &Value) -> KeySchemaElement {
    let key = KeySchemaElement::builder().attribute_name(text(&of["AttributeName"]));
    key.key_type(KeyType::from(text(&of["KeyType"]))).build().unwrap()
}

fn index(of: &Value) -> GlobalSecondaryIndex {
    let projected = &of["Projection"];
    let others = &projected["NonKeyAttributes"];
    let others = others.is_array().then(|| each(others, |name| text(name).to_owned()));
    let projection = Projection::builder()
        .projection_type(ProjectionType::from(text(&projected["ProjectionType"])))
        .set_non_key_attributes(others);
    let index = GlobalSecondaryIndex::builder().index_name(text(&of["IndexName"]));
    let index = index.set_key_schema(Some(each(&of["KeySchema"], key)));
    index.projection(projection.build()).build().unwrap()
}
