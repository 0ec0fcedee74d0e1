"""What the local cloud gets is the template, less what loopback cannot honour."""

from pathlib import Path
from typing import Any

import yaml

from local.transform import transform
from tests.template.model import ROLE, Template, load


def test_the_copy_lacks_only_what_loopback_cannot_honour(tmp_path: Path) -> None:
    built = tmp_path / "template.yaml"
    built.write_text(yaml.safe_dump(load()))
    transform(built, tmp_path / "local.yaml")
    copied = yaml.safe_load((tmp_path / "local.yaml").read_text())
    expected = load()
    resources = expected["Resources"]
    del resources["QueuesOverTlsOnly"]
    for name in ("NotificationFeedbackPolicy", "FeedbackTopicPolicy"):
        allowed, refused = resources[name]["Properties"]["PolicyDocument"]["Statement"]
        assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        resources[name]["Properties"]["PolicyDocument"]["Statement"] = [allowed]
    for _, role in Template(expected).of_type(ROLE):
        for policy in role["Policies"]:
            policy["PolicyDocument"]["Statement"] = [granted(s) for s in policy["PolicyDocument"]["Statement"]]
    assert copied == expected


def granted(statement: dict[str, Any]) -> dict[str, Any]:
    """A right as the emulator checks it."""
    if statement.get("Action") == "ses:SendEmail":
        return {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    if statement.get("Action") == "sqs:SendMessage":
        return {**statement, "Action": ["sqs:SendMessage", "sqs:SendMessageBatch"]}
    return statement
