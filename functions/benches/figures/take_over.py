"""Takes a deployed stage over: its queues and its clock start nothing by themselves any more, so that
whoever asks is alone with it. Prints what each function is told."""

import json
import sys

import boto3

stage = sys.argv[1]
functions = boto3.client("lambda")
for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
boto3.client("scheduler").delete_schedule(
    GroupName=f"tradewind-{stage}", Name=f"tradewind-{stage}-sweep"
)
pages = functions.get_paginator("list_functions").paginate()
print(
    json.dumps(
        {
            function["FunctionName"]: function["Environment"]["Variables"]
            for page in pages
            for function in page["Functions"]
        }
    )
)
