"""What the local cloud gets is the template, less what loopback cannot honour."""

from pathlib import Path

import yaml

from local.transform import transform
from tests.template.model import load


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
    rights = resources["NoticeWorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    mail = next(i for i, statement in enumerate(rights) if statement["Action"] == "ses:SendEmail")
    rights[mail] = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    assert copied == expected
