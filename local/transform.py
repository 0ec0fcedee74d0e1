"""Makes, of a built template, the copy that is deployed to the local cloud.

It differs in one thing: queue policies that refuse plain HTTP are left out, since loopback speaks nothing else.
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
    template["Resources"] = {
        name: resource for name, resource in template["Resources"].items() if not _only_refuses_plain_http(resource)
    }
    copy.write_text(yaml.safe_dump(template, sort_keys=False, width=120, allow_unicode=True))


def _only_refuses_plain_http(resource: dict[str, Any]) -> bool:
    if resource["Type"] != "AWS::SQS::QueuePolicy":
        return False
    return all(
        statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    )
