"""Makes, of a built template, the copy that is deployed to the local cloud.

It differs in three things: statements that refuse plain HTTP are left out, since loopback speaks nothing else; the
right to send e-mail names no identity, since the emulator checks it without saying which one is used; and the right to
send to a queue also names the batch call, which on AWS it covers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def transform(built: Path, copy: Path) -> None:
    """Write to `copy` what the local cloud gets of the template at `built`; both in one directory, for its paths.

    `sam build` writes CloudFormation's functions in their long form, so the file is plain YAML.
    """
    template = yaml.safe_load(built.read_text())
    resources = template["Resources"]
    for name in list(resources):
        match resources[name]["Type"]:
            case "AWS::SQS::QueuePolicy" | "AWS::SNS::TopicPolicy":
                document = resources[name]["Properties"]["PolicyDocument"]
                document["Statement"] = [s for s in document["Statement"] if not _refuses_plain_http(s)]
                if not document["Statement"]:
                    del resources[name]
            case "AWS::IAM::Role":
                for policy in resources[name]["Properties"].get("Policies", []):
                    policy["PolicyDocument"]["Statement"] = [
                        _as_the_emulator_checks_it(statement) for statement in policy["PolicyDocument"]["Statement"]
                    ]
    copy.write_text(yaml.safe_dump(template, sort_keys=False, width=120, allow_unicode=True))


def _refuses_plain_http(statement: dict[str, Any]) -> bool:
    return statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}


def _as_the_emulator_checks_it(statement: dict[str, Any]) -> dict[str, Any]:
    match statement.get("Action"):
        case "ses:SendEmail":
            return {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
        case "sqs:SendMessage":
            return {**statement, "Action": ["sqs:SendMessage", "sqs:SendMessageBatch"]}
    return statement
