"""Deploys the template at ministack, as `sam deploy` would: SAM's own translator makes plain CloudFormation of it. Then sends
a message that is none to the given queue, and waits until a case stands in the table.

Reads {"url", "template", "binaries", "queue"}; prints what came of it.
"""

import io
import json
import os
import sys
import time
import zipfile

import boto3
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

PATIENCE_S = 60
REGION = "eu-central-1"
GIVEN = {
    "AlertReceiver": "oncall@shop.example",
    "EscalationReceiver": "lead@shop.example",
    "ConsoleIssuer": "https://idp.example",
    "ConsoleAudience": "console",
    "ConsoleUrl": "https://console.shop.example",
    "PublicUrl": "https://shop.example",
    "MailFinance": "finance@shop.example",
    "MailFrom": "orders@shop.example",
    "MailService": "service@shop.example",
    # Nobody is there.
    "ScimUrl": "http://127.0.0.1:9/scim/v2",
    "Stage": "test",
}

# What whoever deploys puts into the secrets of the functions under test.
SECRETS = {"ProvisioningSecret": {"MAKEGOOD_SCIM_TOKEN": "a-token-of-ours"}}

# The translator asks for it here alone.
os.environ["AWS_DEFAULT_REGION"] = REGION
asked = json.load(sys.stdin)
url, binaries = asked["url"], asked["binaries"]


class NoManagedPolicies:
    """Of AWS's own policies the template uses none."""

    def load(self):
        return {}


def client(service):
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.client(service, endpoint_url=url, region_name=REGION, **keys)


def is_unknown(resource):
    kind = resource["Type"]
    return kind == "AWS::CloudWatch::Dashboard" or (
        kind == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    )


def zipped(bootstrap):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("bootstrap", bootstrap)
    return package.getvalue()


def packaged(template, s3):
    """As `sam package` does: the code lies in a bucket. Functions that are not under test have none to speak of."""
    for function in template["Resources"].values():
        if function["Type"] != "AWS::Serverless::Function":
            continue
        name = function["Metadata"]["BuildProperties"]["Binary"]
        function["Properties"]["CodeUri"] = f"s3://code/{name}.zip"
        bootstrap = open(binaries[name], "rb").read() if name in binaries else b"#!/bin/sh\nexit 1\n"
        s3.put_object(Bucket="code", Key=f"{name}.zip", Body=zipped(bootstrap))
    plain = transform(template, GIVEN, NoManagedPolicies())
    # ministack knows no alarm of metric math, nor so the dashboard that shows them.
    plain["Resources"] = {name: resource for name, resource in plain["Resources"].items() if not is_unknown(resource)}
    for resource in plain["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            own = {f"AWS_ENDPOINT_URL_{service}": url for service in ("DYNAMODB", "SQS", "SNS", "SECRETS_MANAGER")}
            properties["Environment"]["Variables"].update(own)
        # A message that fails is hidden for five minutes at AWS.
        if "VisibilityTimeout" in properties:
            properties["VisibilityTimeout"] = 1
    return plain


def until(look, good):
    began = time.monotonic()
    while True:
        seen = look()
        if good(seen) or time.monotonic() - began > PATIENCE_S:
            return seen
        time.sleep(0.2)


services = ("s3", "cloudformation", "sqs", "dynamodb", "secretsmanager")
s3, formation, sqs, table, secrets = (client(name) for name in services)
s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
plain = packaged(yaml_parse(open(asked["template"]).read()), s3)
s3.put_object(Bucket="code", Key="template.json", Body=json.dumps(plain))
given = [{"ParameterKey": name, "ParameterValue": value} for name, value in GIVEN.items() if name in plain["Parameters"]]
formation.create_stack(
    StackName="makegood", TemplateURL=f"{url}/code/template.json", Parameters=given, Capabilities=["CAPABILITY_IAM"]
)
stack = until(
    lambda: formation.describe_stacks(StackName="makegood")["Stacks"][0],
    lambda stack: not stack["StackStatus"].endswith("IN_PROGRESS"),
)
made = formation.describe_stack_resources(StackName="makegood")["StackResources"]
ids = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in made}
told = {"status": stack["StackStatus"], "resources": len(made)}
if stack["StackStatus"] == "CREATE_COMPLETE":
    for secret, values in SECRETS.items():
        secrets.put_secret_value(SecretId=ids[secret], SecretString=json.dumps(values))
    name = ids["Table"]
    indexes = table.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
    told["indexes"] = sorted(index["IndexName"] for index in indexes)
    sqs.send_message(QueueUrl=ids[asked["queue"]], MessageBody="no nudge at all")
    cases = until(lambda: [item["case"]["S"] for item in table.scan(TableName=name)["Items"] if "case" in item], bool)
    told["cases"] = [json.loads(case)["class"] for case in cases]
json.dump(told, sys.stdout)
