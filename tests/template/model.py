"""template.yaml as the rules see it: CloudFormation's short functions in their long form, and a few questions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
TABLE = "AWS::DynamoDB::Table"
ROLE = "AWS::IAM::Role"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"
ROUTE = "AWS::ApiGatewayV2::Route"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
PERMISSION = "AWS::Lambda::Permission"
STAGE = "AWS::ApiGatewayV2::Stage"
USER_POOL = "AWS::Cognito::UserPool"
USER_POOL_CLIENT = "AWS::Cognito::UserPoolClient"


class _Loader(yaml.SafeLoader):
    pass


def _short_function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            assert isinstance(node, yaml.MappingNode)
            value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_function)


def load() -> dict[str, Any]:
    """The template as plain data; a new copy each time."""
    return copy.deepcopy(_read())


@cache
def _read() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((PROJECT / "template.yaml").read_text(), Loader=_Loader)  # noqa: S506  a SafeLoader
    return loaded


@dataclass(frozen=True)
class Template:
    """A loaded template with the questions that rules ask of it."""

    data: dict[str, Any]

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Name and properties of every resource of a type; a function's with the globals under its own."""
        for name, resource in self.data["Resources"].items():
            if resource["Type"] == kind:
                yield name, self.properties(name)

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of one resource, a function's over the globals; lists are joined, as SAM does."""
        resource = self.data["Resources"][name]
        own: dict[str, Any] = resource.get("Properties", {})
        if resource["Type"] != FUNCTION:
            return own
        shared = self.data["Globals"]["Function"]
        variables = {
            **shared.get("Environment", {}).get("Variables", {}),
            **own.get("Environment", {}).get("Variables", {}),
        }
        layers = [*shared.get("Layers", []), *own.get("Layers", [])]
        return {**shared, **own, "Environment": {"Variables": variables}, "Layers": layers}

    def type_of(self, name: str | None) -> str | None:
        """The type of a resource, or None where there is none of that name."""
        resource = self.data["Resources"].get(name)
        return resource["Type"] if resource else None

    def events(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Every event source of every function: function, event, type, properties."""
        for function, properties in self.of_type(FUNCTION):
            for event, source in properties.get("Events", {}).items():
                yield function, event, source["Type"], source["Properties"]

    def dead_letter_queues(self) -> set[str]:
        """Every queue that something gives up into."""
        found = {
            self.target(properties["RedrivePolicy"]["deadLetterTargetArn"])
            for _, properties in self.of_type(QUEUE)
            if "RedrivePolicy" in properties
        }
        for _, _, _, source in self.events():
            found.add(self.target(source.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")))
            found.add(self.target(source.get("DeadLetterConfig", {}).get("Arn")))
        for _, properties in self.of_type(FUNCTION):
            found.add(self.target(properties.get("DeadLetterQueue", {}).get("TargetArn")))
            invoke = properties.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
            found.add(self.target(invoke.get("Destination")))
        return {name for name in found if name}

    @staticmethod
    def target(value: Any) -> str | None:
        """The name of the resource that a Ref or GetAtt points to."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                return name
        return None

    def alarmed(self, metric: str, dimension: str, name: str) -> bool:
        """Whether an alarm watches this metric of the resource."""
        return any(
            alarm["MetricName"] == metric
            and any(found["Name"] == dimension and self.target(found["Value"]) == name for found in alarm["Dimensions"])
            for _, alarm in self.of_type(ALARM)
        )


def statements_of(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements of a policy, those included that only a condition brings in."""
    for statement in policy["PolicyDocument"]["Statement"]:
        branches = statement["Fn::If"][1:] if "Fn::If" in statement else [statement]
        yield from (branch for branch in branches if branch != {"Ref": "AWS::NoValue"})
