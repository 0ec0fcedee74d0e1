"""template.yaml keeps the rules; and each rule objects when it is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.template.model import Template, load
from tests.template.rules import RULES

type Mutation = Callable[[dict[str, Any]], None]

TEMPLATE = load()


@pytest.mark.parametrize("name", RULES)
def test_template_keeps_the_rule(name: str) -> None:
    assert list(RULES[name](Template(TEMPLATE))) == []


# ------------------------------------------------------------------------------------------ the ways to break a rule


def setting(path: str, value: Any) -> Mutation:
    """Set what is at a dotted path, numbers being places in lists."""

    def mutate(data: dict[str, Any]) -> None:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        at: Any = data
        for part in parents:
            at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
        at[last] = value

    return mutate


def dropping(path: str) -> Mutation:
    """Remove what is at a dotted path."""

    def mutate(data: dict[str, Any]) -> None:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        at: Any = data
        for part in parents:
            at = at[part]
        del at[last]

    return mutate


def adding_worker(**changes: Any) -> Mutation:
    """Add a function that reads CaseRequests, correct but for `changes` to its event source or itself."""

    def mutate(data: dict[str, Any]) -> None:
        source = {
            "Queue": {"Fn::GetAtt": ["CaseRequests", "Arn"]},
            "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }
        worker = copy.deepcopy(data["Resources"]["BillStream"])
        worker["Properties"]["Handler"] = "functions.bill_explanation.worker.handler"
        worker["Properties"]["Events"] = {"Read": {"Type": "SQS", "Properties": source}}
        for key, value in changes.items():
            (source if key in ("Queue", "FunctionResponseTypes") else worker["Properties"])[key] = value
        data["Resources"]["Worker"] = worker

    return mutate


def adding_timer(data: dict[str, Any]) -> None:
    """Add a function on a schedule that forgets what fails."""
    timer = copy.deepcopy(data["Resources"]["BillStream"])
    schedule = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 day)"}}
    timer["Properties"]["Events"] = {"Daily": schedule}
    data["Resources"]["Timer"] = timer


STREAM_ROLE = "Resources.BillStreamRole.Properties.Policies.0.PolicyDocument.Statement"
NOTICE_ROLE = "Resources.NoticeWorkerRole.Properties.Policies.0.PolicyDocument.Statement"
STREAM_EVENT = "Resources.BillStream.Properties.Events.BillsChanged.Properties"
FUNCTION = "Resources.BillApi.Properties"
REDRIVE = "Resources.CaseRequests.Properties.RedrivePolicy"
ALARM = "Resources.BillApiErrorsAlarm.Properties"

BREAKS: dict[str, list[Mutation]] = {
    "functions_are_doors_of_a_room": [
        setting(f"{FUNCTION}.Handler", "api.handler"),
        setting(f"{FUNCTION}.Handler", "functions.bill_explanation.door.handler"),
        setting(f"{FUNCTION}.Handler", "functions.nowhere.api.handler"),
        setting(f"{FUNCTION}.CodeUri", "functions/"),
        setting("Resources.BillApi.Metadata.BuildProperties.ParentPackageMode", "auto"),
    ],
    "functions_have_a_sample_event": [adding_worker()],
    "functions_run_as_decided": [
        setting("Globals.Function.Runtime", "python3.12"),
        setting("Globals.Function.Architectures", ["arm64"]),
        setting(f"{FUNCTION}.Tracing", "PassThrough"),
        dropping("Globals.Function.Layers"),
        dropping("Globals.Function.Timeout"),
        setting(f"{FUNCTION}.Timeout", 60),
        dropping(f"{FUNCTION}.Description"),
    ],
    "layers_are_built_for_the_chosen_processor": [
        dropping("Resources.SharedLayer.Metadata.BuildArchitecture"),
        setting("Resources.SharedLayer.Properties.CompatibleArchitectures", ["arm64"]),
    ],
    "functions_keep_their_logs_for_a_set_time": [
        dropping(f"{FUNCTION}.LoggingConfig"),
        setting(f"{FUNCTION}.LoggingConfig.LogGroup", {"Ref": "BillStreamLogs"}),
        setting(f"{FUNCTION}.LoggingConfig.LogFormat", "Text"),
        dropping("Resources.BillApiLogs.Properties.RetentionInDays"),
    ],
    "functions_have_a_role_of_their_own": [
        dropping(f"{FUNCTION}.Role"),
        setting(f"{FUNCTION}.Role", {"Fn::GetAtt": ["BillStreamRole", "Arn"]}),
        setting(f"{FUNCTION}.Policies", ["AmazonDynamoDBFullAccess"]),
    ],
    "roles_grant_only_what_is_named": [
        setting("Resources.BillApiRole.Properties.ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
        setting(f"{STREAM_ROLE}.4.Action", "sqs:*"),
        setting(f"{STREAM_ROLE}.4.Action", ["sqs:SendMessage", "sqs:Get*"]),
        setting(f"{STREAM_ROLE}.4.Resource", "*"),
        setting(f"{STREAM_ROLE}.4.Resource", [{"Fn::Sub": "arn:aws:sqs:*:${AWS::AccountId}:a"}]),
        setting(f"{STREAM_ROLE}.1.Action", ["xray:PutTraceSegments", "xray:GetTraceSummaries"]),
        setting(f"{STREAM_ROLE}.4", {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "arn"}),
        setting("Resources.Extra", {"Type": "AWS::IAM::Policy", "Properties": {}}),
        dropping(f"{NOTICE_ROLE}.9"),  # may publish to topics
        setting(f"{NOTICE_ROLE}.9.Resource", {"Fn::Sub": "arn:${AWS::Partition}:sns:eu-central-1:*:*"}),
        setting(f"{NOTICE_ROLE}.9.Condition", {"Bool": {"aws:SecureTransport": "true"}}),
    ],
    "roles_are_taken_by_lambda_only": [
        setting(
            "Resources.BillApiRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal", {"AWS": "123456789012"}
        ),
    ],
    "functions_carry_no_secret_in_their_environment": [
        setting(f"{FUNCTION}.Environment.Variables.LINK_SECRET", "hunter2"),
        setting(f"{FUNCTION}.Environment.Variables.SIGNING", "{{resolve:secretsmanager:link}}"),
        setting("Parameters.LinkSecretValue", {"Type": "String", "NoEcho": True}),
    ],
    "event_sources_are_written_as_events": [
        setting("Resources.Mapping", {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}}),
    ],
    "batches_report_their_failures": [
        dropping(f"{STREAM_EVENT}.FunctionResponseTypes"),
        adding_worker(FunctionResponseTypes=[]),
    ],
    "streams_give_up_into_a_queue": [
        dropping(f"{STREAM_EVENT}.MaximumRetryAttempts"),
        setting(f"{STREAM_EVENT}.MaximumRetryAttempts", -1),
        dropping(f"{STREAM_EVENT}.BisectBatchOnFunctionError"),
        dropping(f"{STREAM_EVENT}.DestinationConfig"),
        dropping("Resources.BillStreamAgeAlarm"),
        dropping(f"{STREAM_ROLE}.3"),
    ],
    "queues_wait_long_enough_for_their_reader": [
        adding_worker(Timeout=31),
        adding_worker(Queue="arn:aws:sqs:eu-central-1:123456789012:elsewhere"),
    ],
    "asynchronous_calls_give_up_into_a_queue": [adding_timer],
    "queues_are_encrypted_and_closed_to_plain_http": [
        dropping("Resources.CaseRequests.Properties.SqsManagedSseEnabled"),
        dropping("Resources.QueuesOverTlsOnly"),
        dropping("Resources.QueuesOverTlsOnly.Properties.Queues.0"),
        setting("Resources.QueuesOverTlsOnly.Properties.PolicyDocument.Statement.0.Effect", "Allow"),
    ],
    "queues_give_up_into_a_queue_of_their_own": [
        dropping(REDRIVE),
        setting(f"{REDRIVE}.maxReceiveCount", 1),
        setting(f"{REDRIVE}.deadLetterTargetArn", {"Fn::GetAtt": ["NotificationsDlq", "Arn"]}),
        setting("Resources.CaseRequests.Properties.FifoQueue", True),
        dropping("Resources.CaseRequestsDlq.Properties.RedriveAllowPolicy"),
        setting("Resources.BillStreamDlq.Properties.MessageRetentionPeriod", 345600),
    ],
    "failures_raise_an_alarm": [
        dropping("Resources.CaseRequestsDlqAlarm"),
        dropping("Resources.CaseRequestsAgeAlarm"),
        dropping("Resources.BillStreamDlqAlarm"),
        dropping("Resources.BillApiErrorsAlarm"),
        dropping("Resources.BillApiThrottlesAlarm"),
        dropping("Resources.HttpApiErrorsAlarm"),
        adding_worker(),
    ],
    "alarms_reach_someone_who_knows_what_to_do": [
        dropping(f"{ALARM}.AlarmActions"),
        setting(f"{ALARM}.AlarmDescription", "Something is wrong."),
        setting(f"{ALARM}.AlarmDescription", 'See "No such heading" in docs/operations.md.'),
        setting(f"{ALARM}.TreatMissingData", "breaching"),
    ],
    "tables_survive_mistakes": [
        dropping("Resources.Bills.Properties.PointInTimeRecoverySpecification"),
        dropping("Resources.Bills.Properties.SSESpecification"),
        dropping("Resources.Bills.DeletionPolicy"),
        setting("Resources.Bills.UpdateReplacePolicy", "Delete"),
        dropping("Resources.Bills.Properties.DeletionProtectionEnabled"),
        setting("Resources.Bills.Properties.BillingMode", "PROVISIONED"),
    ],
    "routes_ask_who_is_calling": [
        setting("Resources.PostBillRoute.Properties.AuthorizationType", "NONE"),
        dropping("Resources.PostBillRoute.Properties.AuthorizerId"),
        dropping("Resources.GetLinkRoute.Metadata"),
        setting("Resources.GetLinkRoute.Metadata.Public", "yes"),
    ],
    "routes_lead_to_a_function": [
        dropping("Resources.PostBillRoute.Properties.Target"),
        setting("Resources.BillApiIntegration.Properties.PayloadFormatVersion", "1.0"),
        dropping("Resources.BillApiPermission"),
        dropping("Resources.BillApiPermission.Properties.SourceArn"),
        setting(f"{FUNCTION}.Events.Get", {"Type": "HttpApi", "Properties": {}}),
    ],
    "the_api_is_throttled_and_its_log_says_nothing_personal": [
        dropping("Resources.HttpApiStage.Properties.DefaultRouteSettings.ThrottlingRateLimit"),
        dropping("Resources.HttpApiStage.Properties.AccessLogSettings"),
        setting("Resources.HttpApiStage.Properties.AccessLogSettings.Format", '{"path":"$context.path"}'),
    ],
    "nobody_can_promote_themselves": [
        setting("Resources.UserPoolClient.Properties.WriteAttributes", ["email", "custom:owner_id"]),
        dropping("Resources.UserPoolClient.Properties.WriteAttributes"),
        dropping("Resources.UserPool.Properties.AdminCreateUserConfig"),
        dropping("Resources.UserPool.DeletionPolicy"),
    ],
    "outputs_tell_a_client_what_it_needs": [
        dropping("Outputs.ApiUrl"),
        dropping("Outputs.BillsTable"),
        dropping("Outputs.NotificationsQueueUrl"),
    ],
}


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, mutations in BREAKS.items() for number in range(len(mutations))]
)
def test_rule_objects_when_it_is_broken(name: str, number: int) -> None:
    broken = load()
    BREAKS[name][number](broken)
    assert list(RULES[name](Template(broken)))


def test_every_rule_can_be_broken() -> None:
    assert set(BREAKS) == set(RULES)


def test_a_correct_worker_on_a_queue_breaks_no_rule_about_queues() -> None:
    grown = load()
    adding_worker()(grown)
    for name in ("batches_report_their_failures", "queues_wait_long_enough_for_their_reader"):
        assert list(RULES[name](Template(grown))) == []
