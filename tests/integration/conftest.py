"""AWS in process (moto), with the tables and queues that template.yaml describes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.template import model


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account; clients made before it would reach for the real one."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def create_table(logical_id: str) -> str:
    """The table of this logical id, with the keys and indexes that the template gives it."""
    boto3.client("dynamodb").create_table(TableName=logical_id, **_definition(logical_id))
    return logical_id


@cache
def _definition(logical_id: str) -> dict[str, Any]:
    properties: dict[str, Any] = model.load()["Resources"][logical_id]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in wanted if name in properties}


def create_queue(name: str) -> str:
    """A queue; returns its address."""
    return str(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"])
