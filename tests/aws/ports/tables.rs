//! The two tables, made as the template describes them: there is no second description.

use super::cloud;
use crate::emulator::Emulator;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use serde_json::Value;

const TEMPLATE: &str = include_str!("../../../template.yaml");
/// The tables by their names in the template.
const TABLES: [&str; 2] = ["DefinitionsTable", "RunsTable"];

/// Makes both under the names that this gives them.
pub(super) async fn make(dynamodb: &Client, name: impl Fn(&str) -> String) {
    for table in TABLES {
        let properties = properties(table);
        let create = dynamodb.create_table().table_name(name(table));
        let create = create
            .billing_mode(BillingMode::from(text(&properties["BillingMode"])))
            .set_attribute_definitions(Some(each(&properties["AttributeDefinitions"], attribute)))
            .set_key_schema(Some(each(&properties["KeySchema"], key)));
        let indexes = &properties["GlobalSecondaryIndexes"];
        let indexes = indexes.is_array().then(|| each(indexes, index));
        create.set_global_secondary_indexes(indexes).send().await.unwrap();
    }
}

pub(super) async fn the_tables_are_those_of_the_template(emulator: &Emulator, name: &str) {
    let dynamodb = emulator.clients().dynamodb();
    make(&dynamodb, |table| cloud::table(name, table)).await;
    for table in TABLES {
        let described = dynamodb.describe_table().table_name(cloud::table(name, table));
        let described = described.send().await.unwrap().table.unwrap();
        let properties = properties(table);
        let mut wanted = each(&properties["AttributeDefinitions"], attribute);
        let mut attributes = described.attribute_definitions.unwrap();
        for attributes in [&mut wanted, &mut attributes] {
            attributes.sort_by(|one, other| one.attribute_name.cmp(&other.attribute_name));
        }
        assert_eq!(attributes, wanted);
        assert_eq!(described.key_schema.unwrap(), each(&properties["KeySchema"], key));
        let found = described.global_secondary_indexes.unwrap_or_default();
        let wanted: Vec<_> = match &properties["GlobalSecondaryIndexes"] {
            Value::Null => Vec::new(),
            indexes => each(indexes, index),
        };
        assert_eq!(found.len(), wanted.len());
        for wanted in wanted {
            let is_it = |index: &&_| index_name(index) == Some(wanted.index_name());
            let index = found.iter().find(is_it).unwrap();
            assert_eq!(index.key_schema(), wanted.key_schema());
            assert_eq!(index.projection(), wanted.projection());
        }
    }
}

fn index_name(index: &aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription) -> Option<&str> {
    index.index_name()
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
