//! What stays when the stack goes, and what it gives out.

use super::document::template as of_repository;
use tradewind_stack::naming;

#[test]
fn what_is_kept_survives_the_stack() {
    let template = of_repository();
    let tables = template.of_type("AWS::DynamoDB::Table");
    for kept in tables.iter().chain(&template.of_type("AWS::S3::Bucket")) {
        assert_eq!(kept.value["DeletionPolicy"], "Retain", "{}", kept.logical);
        assert_eq!(kept.value["UpdateReplacePolicy"], "Retain", "{}", kept.logical);
    }
    for table in tables {
        let recovery = table.property("PointInTimeRecoverySpecification");
        assert_eq!(recovery["PointInTimeRecoveryEnabled"], true, "{}", table.logical);
    }
    assert!(template.resource("Archive").property("RetentionDays").as_u64() >= Some(14));
    assert!(template.resource("Logs").property("RetentionInDays").as_u64() >= Some(14));
}

#[test]
fn the_outputs_say_where_secrets_go() {
    let template = of_repository();
    let said = |output: &str| {
        let command = template.section("Outputs")[output]["Value"]["Fn::Sub"].as_str().unwrap();
        assert!(command.contains(" --region ${AWS::Region} "), "{command}");
        command.replace(" --region ${AWS::Region}", "")
    };
    let of = ("${Stage}", "<provider>", "<name>");
    assert_eq!(said("SecretCommand"), naming::put_secret(of.0, of.1, of.2));
    assert_eq!(said("SecretFileCommand"), naming::put_secret_file(of.0, of.1, of.2, "PATH"));
}
