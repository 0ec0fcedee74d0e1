"""Deploys the built template to the local cloud with the real `sam deploy`, and sets what its CloudFormation skips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from botocore.exceptions import ClientError

from local.build import LOCAL_BUILD, build, local_arch, run_sam, source_digest
from local.cloud import CREDENTIALS, PROJECT, REGION, Cloud
from local.outbox import MAIL_FROM, MAIL_IDENTITY, open_mail
from local.transform import transform

STACK = "aftercare"
_DIGEST_TAG = "source-digest"
_DEPLOYED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_TABLE = "AWS::DynamoDB::Table"


@dataclass(frozen=True)
class Deployment:
    """Where a deployed stack's parts are: the stack's outputs by name."""

    outputs: dict[str, str]

    @property
    def gateway_path(self) -> str:
        """The path on the emulator under which the HTTP API answers."""
        return f"/_aws/execute-api/{self.outputs['ApiId']}"


def build_for_local_cloud() -> bool:
    """Build unless nothing has changed since the last build; tell whether something was built."""
    marker = LOCAL_BUILD / ".digest"
    digest = source_digest()
    if marker.exists() and marker.read_text() == digest:
        return False
    marker.unlink(missing_ok=True)
    build(LOCAL_BUILD, ["--config-env", "local", "--parameter-overrides", f"Arch={local_arch()}"])
    transform(LOCAL_BUILD / "template.yaml", LOCAL_BUILD / "local.yaml")
    marker.write_text(digest)
    return True


def deploy(cloud: Cloud, public_url: str) -> tuple[Deployment, bool]:
    """Deploy the local build, unless that very build is there already; tell whether it was deployed.

    Raises LocalCloudError with SAM's words when the deployment fails.
    """
    digest = f"{(LOCAL_BUILD / '.digest').read_text()} {public_url}"
    stack = describe_stack(cloud)
    if stack and stack["StackStatus"] in _DEPLOYED and {"Key": _DIGEST_TAG, "Value": digest} in stack["Tags"]:
        return Deployment(_outputs(stack)), False
    parameters = {
        "Arch": local_arch(),
        "PublicUrl": public_url,
        "DeletionProtection": "false",
        "LogRetentionDays": "1",
        "MailIdentity": MAIL_IDENTITY,
        "MailFrom": MAIL_FROM,
    }
    run_sam(
        [
            *("deploy", "--config-file", str(PROJECT / "samconfig.toml"), "--config-env", "local"),
            *("--template-file", str(LOCAL_BUILD / "local.yaml")),
            *("--tags", f"{_DIGEST_TAG}='{digest}'"),
            *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
        ],
        "The deployment to the local cloud failed (`make reset` starts from an empty one)",
        {**CREDENTIALS, "AWS_ENDPOINT_URL": cloud.url, "AWS_DEFAULT_REGION": REGION, "SAM_CLI_POLL_DELAY": "1"},
    )
    deployed = describe_stack(cloud)
    assert deployed is not None  # noqa: S101  sam deploy has just succeeded
    _set_what_cloudformation_skips(cloud)
    open_mail(cloud)
    return Deployment(_outputs(deployed)), True


def describe_stack(cloud: Cloud) -> dict[str, Any] | None:
    """What CloudFormation knows of the stack, or None before its first deployment."""
    try:
        stacks = cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return None
    return dict(stacks[0]) if stacks else None


def physical_id(cloud: Cloud, logical_id: str) -> str:
    """The name that a resource of the template has on the local cloud."""
    found = cloud.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def _outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _set_what_cloudformation_skips(cloud: Cloud) -> None:
    """Switch on what the emulator's CloudFormation accepts and ignores: time to live and point-in-time recovery."""
    template = yaml.safe_load((LOCAL_BUILD / "local.yaml").read_text())
    resources = cloud.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    dynamodb = cloud.client("dynamodb")
    for resource in resources:
        if resource["ResourceType"] != _TABLE:
            continue
        table = resource["PhysicalResourceId"]
        properties = template["Resources"][resource["LogicalResourceId"]]["Properties"]
        if ttl := properties.get("TimeToLiveSpecification"):
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)
        if pitr := properties.get("PointInTimeRecoverySpecification"):
            dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=pitr)
