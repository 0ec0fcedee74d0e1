"""What every function, queue, table and route of template.yaml must have, now and in every room to come.

A rule is a function from the template to a list of objections; `@rule` enters it in RULES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.template.model import (
    ALARM,
    FUNCTION,
    INTEGRATION,
    LAYER,
    LOG_GROUP,
    PERMISSION,
    PROJECT,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    ROUTE,
    STAGE,
    TABLE,
    USER_POOL,
    USER_POOL_CLIENT,
    Template,
    statements_of,
)

type Rule = Callable[[Template], Iterator[str]]

RULES: dict[str, Rule] = {}

# Where AWS offers no narrower resource. An action that is not named here needs one.
ACTIONS_WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}

# A phone number is no resource that a policy could name, so SMS take "*": but then everything with a name is refused.
ACTIONS_WITH_UNNAMED_RESOURCES = {"sns:Publish": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}}

_DOORS = ("api", "worker", "timer", "stream")
_ARCH = {"Ref": "Arch"}
_FORTNIGHT_S = 14 * 24 * 3600
_STREAMS = ("DynamoDB", "Kinesis")
# Lambda itself retries these, out of sight of whoever sent the event.
_ASYNCHRONOUS = ("Schedule", "ScheduleV2", "EventBridgeRule", "CloudWatchEvent", "S3", "SNS")
_REVEALING = ("$context.path", "sourceIp", "userAgent", "claims", "authorizer.principalId", "identity")


def rule(function: Rule) -> Rule:
    """Enter a rule."""
    RULES[function.__name__] = function
    return function


# ------------------------------------------------------------------------------------------------------- functions


@rule
def functions_are_doors_of_a_room(template: Template) -> Iterator[str]:
    """One code folder per room, one module per door, imported by its full name everywhere."""
    for name, function in template.of_type(FUNCTION):
        room, door = _room_and_door(function)
        if function["Handler"] != f"functions.{room}.{door}.handler" or door not in _DOORS:
            yield f"{name}: its handler is not functions.<room>.<{'|'.join(_DOORS)}>.handler"
        elif not (PROJECT / "functions" / room / f"{door}.py").exists():
            yield f"{name}: there is no functions/{room}/{door}.py"
        if function["CodeUri"] != f"functions/{room}/":
            yield f"{name}: its code is not that of the room {room}"
        build = template.data["Resources"][name].get("Metadata", {}).get("BuildProperties")
        if build != {"ParentPackageMode": "explicit", "ParentPackages": f"functions.{room}"}:
            yield f"{name}: its package is not kept in the build"


@rule
def functions_have_a_sample_event(template: Template) -> Iterator[str]:
    """A real event for every door, to test it with and to invoke it by hand."""
    for name, function in template.of_type(FUNCTION):
        room, door = _room_and_door(function)
        if not any((PROJECT / "events" / room).glob(f"{door}*.json")):
            yield f"{name}: there is no events/{room}/{door}*.json"


@rule
def functions_run_as_decided(template: Template) -> Iterator[str]:
    """Runtime, processor by parameter, layer, tracing; and time and memory within what a door needs."""
    for name, function in template.of_type(FUNCTION):
        if function.get("Runtime") != "python3.13":
            yield f"{name}: does not run on python3.13"
        if function.get("Architectures") != [_ARCH]:
            yield f"{name}: its processor is not the parameter Arch"
        if function.get("Tracing") != "Active":
            yield f"{name}: is not traced"
        if {"Ref": "SharedLayer"} not in function.get("Layers", []):
            yield f"{name}: does not use the shared layer"
        if not function.get("Timeout") or not function.get("MemorySize"):
            yield f"{name}: has no timeout or no memory of its own"
        if function["Handler"].endswith(".api.handler") and function.get("Timeout", 0) > 29:
            yield f"{name}: outlives the 30 seconds after which API Gateway gives up"
        if not function.get("Description"):
            yield f"{name}: does not say what it is for"


@rule
def layers_are_built_for_the_chosen_processor(template: Template) -> Iterator[str]:
    """Compiled wheels in the layer must fit the functions."""
    for name, layer in template.of_type(LAYER):
        metadata = template.data["Resources"][name].get("Metadata", {})
        if metadata.get("BuildArchitecture") != _ARCH or layer.get("CompatibleArchitectures") != [_ARCH]:
            yield f"{name}: is not built for the parameter Arch"


@rule
def functions_keep_their_logs_for_a_set_time(template: Template) -> Iterator[str]:
    """A log group each, so that retention and access are per function."""
    seen: dict[str, str] = {}
    for name, function in template.of_type(FUNCTION):
        logging = function.get("LoggingConfig", {})
        group = template.target(logging.get("LogGroup"))
        if group is None or template.type_of(group) != LOG_GROUP:
            yield f"{name}: has no log group of its own"
        elif group in seen:
            yield f"{name}: shares its log group with {seen[group]}"
        else:
            seen[group] = name
        if logging.get("LogFormat") != "JSON":
            yield f"{name}: does not log JSON"
    for name, group_properties in template.of_type(LOG_GROUP):
        if not group_properties.get("RetentionInDays"):
            yield f"{name}: keeps logs for ever"


@rule
def functions_have_a_role_of_their_own(template: Template) -> Iterator[str]:
    """SAM's generated roles and managed policies grant `*`; two functions that share a role share its rights."""
    seen: dict[str, str] = {}
    for name, function in template.of_type(FUNCTION):
        role = template.target(function.get("Role"))
        if role is None or template.type_of(role) != ROLE:
            yield f"{name}: has no role of its own in this template"
        elif role in seen:
            yield f"{name}: shares its role with {seen[role]}"
        else:
            seen[role] = name
        if "Policies" in function:
            yield f"{name}: has policies beside its role"


@rule
def roles_grant_only_what_is_named(template: Template) -> Iterator[str]:
    """Least privilege: no wildcard in an action, none as a whole resource, no managed policy."""
    for name, role in template.of_type(ROLE):
        if role.get("ManagedPolicyArns"):
            yield f"{name}: has a managed policy"
        for policy in role.get("Policies", []):
            statements = list(statements_of(policy))
            refused = [s for s in statements if s["Effect"] == "Deny"]
            for statement in statements:
                if statement["Effect"] == "Allow":
                    yield from (f"{name}: {objection}" for objection in _too_much(statement, refused))
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, _ in template.of_type(kind):
            yield f"{name}: write policies into the role, where they are read"


def _too_much(statement: dict[str, Any], refused: list[dict[str, Any]]) -> Iterator[str]:
    if "NotAction" in statement or "NotResource" in statement:
        yield "grants all but what it names"
        return
    actions = _as_list(statement["Action"])
    for action in actions:
        if "*" in action:
            yield f"grants {action}"
    for resource in _as_list(statement["Resource"]):
        if resource == "*":
            if not set(actions) <= ACTIONS_WITHOUT_RESOURCES | _refused_where_named(refused):
                yield f"grants {', '.join(actions)} on every resource"
        elif "*" in str(resource):
            yield f"grants {', '.join(actions)} on {resource}"


def _refused_where_named(refused: list[dict[str, Any]]) -> set[str]:
    return {
        action
        for action, named in ACTIONS_WITH_UNNAMED_RESOURCES.items()
        if any(s["Action"] == action and s["Resource"] == named and "Condition" not in s for s in refused)
    }


@rule
def roles_are_taken_by_lambda_only(template: Template) -> Iterator[str]:
    """Nobody but the Lambda service may act with a function's rights."""
    for name, role in template.of_type(ROLE):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            if statement["Principal"] != {"Service": "lambda.amazonaws.com"}:
                yield f"{name}: can be taken by {statement['Principal']}"


@rule
def functions_carry_no_secret_in_their_environment(template: Template) -> Iterator[str]:
    """The environment is readable in the console: it may name a secret, never hold one."""
    for name, function in template.of_type(FUNCTION):
        for variable, value in function["Environment"]["Variables"].items():
            secret_by_name = re.search(r"SECRET|PASSWORD|TOKEN|CREDENTIAL|PRIVATE|API_?KEY", variable)
            if secret_by_name and not variable.endswith(("_ARN", "_NAME", "_URL")):
                yield f"{name}: {variable} looks like a secret; pass its ARN"
            if "{{resolve:" in str(value):
                yield f"{name}: {variable} is resolved into the environment at the deployment"
    for parameter, definition in template.data["Parameters"].items():
        if definition.get("NoEcho"):
            yield f"{parameter}: secrets are made in the stack, not passed in"


# -------------------------------------------------------------------------------------------------- event sources


@rule
def event_sources_are_written_as_events(template: Template) -> Iterator[str]:
    """A mapping that is a resource of its own would escape the rules below."""
    for name, _ in template.of_type("AWS::Lambda::EventSourceMapping"):
        yield f"{name}: write it as an event of its function"


@rule
def batches_report_their_failures(template: Template) -> Iterator[str]:
    """A poison message must not drag its batch along."""
    for function, event, kind, source in template.events():
        if kind in ("SQS", *_STREAMS) and source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{function}.{event}: a failure of one is a failure of all"


@rule
def streams_give_up_into_a_queue(template: Template) -> Iterator[str]:
    """Without a limit, a poison record blocks its shard until it expires; without a queue it is then lost."""
    for function, event, kind, source in template.events():
        if kind not in _STREAMS:
            continue
        if not 0 <= source.get("MaximumRetryAttempts", -1) <= 10:
            yield f"{function}.{event}: retries without end"
        if source.get("BisectBatchOnFunctionError") is not True:
            yield f"{function}.{event}: does not isolate the record that fails"
        if kind == "DynamoDB" and not _may(template, function, "dynamodb:ListStreams"):
            yield f"{function}.{event}: Lambda refuses a mapping whose role lacks dynamodb:ListStreams"
        if template.type_of(template.target(_on_failure(source))) != QUEUE:
            yield f"{function}.{event}: forgets what it gives up"
        if not template.alarmed("IteratorAge", "FunctionName", function):
            yield f"{function}.{event}: no alarm on how far it lags behind"


@rule
def queues_wait_long_enough_for_their_reader(template: Template) -> Iterator[str]:
    """Six times the function's timeout, as Lambda's documentation asks; else messages are handed out twice."""
    for function, event, kind, source in template.events():
        if kind != "SQS":
            continue
        queue = template.target(source["Queue"])
        if queue is None or template.type_of(queue) != QUEUE:
            yield f"{function}.{event}: reads a queue that is not in this template"
            continue
        timeout = template.properties(function)["Timeout"]
        if template.properties(queue).get("VisibilityTimeout", 30) < 6 * timeout:
            yield f"{queue}: is visible again before six timeouts of {function} ({6 * timeout} s)"


@rule
def asynchronous_calls_give_up_into_a_queue(template: Template) -> Iterator[str]:
    """A schedule or notification that fails for good must be seen, and can be sent again."""
    for function, event, kind, _ in template.events():
        if kind not in _ASYNCHRONOUS:
            continue
        properties = template.properties(function)
        invoke = properties.get("EventInvokeConfig", {}).get("DestinationConfig", {})
        targets = (
            template.target(properties.get("DeadLetterQueue", {}).get("TargetArn")),
            template.target(invoke.get("OnFailure", {}).get("Destination")),
        )
        if not any(template.type_of(target) == QUEUE for target in targets):
            yield f"{function}.{event}: forgets what it gives up"


# --------------------------------------------------------------------------------------------------------- queues


@rule
def queues_are_encrypted_and_closed_to_plain_http(template: Template) -> Iterator[str]:
    """At rest with SQS's own key, in transit by a policy that denies anything but TLS."""
    closed = set()
    for _, policy in template.of_type(QUEUE_POLICY):
        for statement in statements_of(policy):
            if (
                statement["Effect"] == "Deny"
                and statement["Principal"] == "*"
                and statement["Action"] == "sqs:*"
                and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            ):
                closed |= {template.target(queue) for queue in policy["Queues"]}
    for name, queue in template.of_type(QUEUE):
        if queue.get("SqsManagedSseEnabled") is not True and "KmsMasterKeyId" not in queue:
            yield f"{name}: is not encrypted"
        if name not in closed:
            yield f"{name}: accepts plain HTTP"


@rule
def queues_give_up_into_a_queue_of_their_own(template: Template) -> Iterator[str]:
    """Every queue has a dead-letter queue, of its own kind, that keeps messages for a fortnight."""
    dead = template.dead_letter_queues()
    owners: dict[str, str] = {}
    for name, queue in template.of_type(QUEUE):
        if name in dead:
            if queue.get("MessageRetentionPeriod") != _FORTNIGHT_S:
                yield f"{name}: keeps what failed for less than a fortnight"
            continue
        redrive = queue.get("RedrivePolicy", {})
        target = template.target(redrive.get("deadLetterTargetArn"))
        if target is None or template.type_of(target) != QUEUE:
            yield f"{name}: has no dead-letter queue"
            continue
        if target in owners:
            yield f"{name}: shares its dead-letter queue with {owners[target]}"
        owners[target] = name
        if not 2 <= redrive.get("maxReceiveCount", 0) <= 10:
            yield f"{name}: gives up too early or too late"
        dlq = template.properties(target)
        if bool(dlq.get("FifoQueue")) != bool(queue.get("FifoQueue")):
            yield f"{target}: is not of the kind of {name}"
        if dlq.get("RedriveAllowPolicy", {}).get("redrivePermission") != "byQueue":
            yield f"{target}: takes messages from any queue"


# --------------------------------------------------------------------------------------------------------- alarms


@rule
def failures_raise_an_alarm(template: Template) -> Iterator[str]:
    """A message given up, a message unread, a function in error or throttled, an API that answers with 5xx."""
    dead = template.dead_letter_queues()
    for name, _ in template.of_type(QUEUE):
        metric = "ApproximateNumberOfMessagesVisible" if name in dead else "ApproximateAgeOfOldestMessage"
        if not template.alarmed(metric, "QueueName", name):
            yield f"{name}: no alarm on {metric}"
    for name, _ in template.of_type(FUNCTION):
        for metric in ("Errors", "Throttles"):
            if not template.alarmed(metric, "FunctionName", name):
                yield f"{name}: no alarm on {metric}"
    for name, _ in template.of_type("AWS::ApiGatewayV2::Api"):
        if not template.alarmed("5xx", "ApiId", name):
            yield f"{name}: no alarm on 5xx"


@rule
def alarms_reach_someone_who_knows_what_to_do(template: Template) -> Iterator[str]:
    """Sent to the topic of the parameter, with the heading of the operations manual that says what to do."""
    headings = set(re.findall(r"^#+ (.+)$", (PROJECT / "docs" / "operations.md").read_text(), re.MULTILINE))
    action = {"Fn::If": ["WithAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    for name, alarm in template.of_type(ALARM):
        if alarm.get("AlarmActions") != action:
            yield f"{name}: is sent to nobody"
        heading = re.search(r'See "([^"]+)" in docs/operations.md', alarm.get("AlarmDescription", ""))
        if heading is None or heading[1] not in headings:
            yield f"{name}: does not say where to read what to do"
        if alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name}: no traffic is no failure"


# --------------------------------------------------------------------------------------------------------- tables


@rule
def tables_survive_mistakes(template: Template) -> Iterator[str]:
    """Restorable to any second of 35 days, encrypted, kept when the stack goes, protected, paid by use."""
    for name, table in template.of_type(TABLE):
        resource = template.data["Resources"][name]
        if table.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": True}:
            yield f"{name}: cannot be restored to a point in time"
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield f"{name}: is not encrypted with a key of the account"
        if resource.get("DeletionPolicy") != "Retain" or resource.get("UpdateReplacePolicy") != "Retain":
            yield f"{name}: goes with the stack"
        if table.get("DeletionProtectionEnabled") != {"Fn::If": ["Protected", True, False]}:
            yield f"{name}: can be deleted by accident"
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name}: is not paid by use"


# ------------------------------------------------------------------------------------------------------------ API


@rule
def routes_ask_who_is_calling(template: Template) -> Iterator[str]:
    """A token on every route, but for those that give a reason in `Metadata: {Public: …}`."""
    for name, route in template.of_type(ROUTE):
        reason = template.data["Resources"][name].get("Metadata", {}).get("Public")
        authorized = route.get("AuthorizationType") == "JWT" and route.get("AuthorizerId") == {"Ref": "JwtAuthorizer"}
        if reason is None and not authorized:
            yield f"{name}: {route['RouteKey']} is open to everyone and gives no reason"
        if reason is not None and (authorized or len(str(reason)) < 20):
            yield f"{name}: {route['RouteKey']} says that it is public but is not, or gives no reason"


@rule
def routes_lead_to_a_function(template: Template) -> Iterator[str]:
    """Route → integration → function, which this API and no other may call."""
    callable_by_api = {
        template.target(permission["FunctionName"])
        for _, permission in template.of_type(PERMISSION)
        if permission["Principal"] == "apigateway.amazonaws.com"
        and permission["Action"] == "lambda:InvokeFunction"
        and "${HttpApi}/" in permission.get("SourceArn", {}).get("Fn::Sub", "")
    }
    for name, route in template.of_type(ROUTE):
        found = re.fullmatch(r"integrations/\$\{(\w+)\}", route.get("Target", {}).get("Fn::Sub", ""))
        integration = found[1] if found else None
        if integration is None or template.type_of(integration) != INTEGRATION:
            yield f"{name}: leads nowhere"
            continue
        properties = template.properties(integration)
        function = template.target(properties["IntegrationUri"])
        if template.type_of(function) != FUNCTION or properties.get("PayloadFormatVersion") != "2.0":
            yield f"{integration}: is not a function with payload format 2.0"
        elif function not in callable_by_api:
            yield f"{function}: this API may not call it"
    for name, permission in template.of_type(PERMISSION):
        if "SourceArn" not in permission:
            yield f"{name}: lets any source call"
    for function, event, kind, _ in template.events():
        if kind in ("HttpApi", "Api"):
            yield f"{function}.{event}: write the route as resources, as the other routes are"


@rule
def the_api_is_throttled_and_its_log_says_nothing_personal(template: Template) -> Iterator[str]:
    """Limits on every stage; an access log with keys, never with a path, a token or an address."""
    for name, stage in template.of_type(STAGE):
        limits = stage.get("DefaultRouteSettings", {})
        if not limits.get("ThrottlingRateLimit") or not limits.get("ThrottlingBurstLimit"):
            yield f"{name}: is not throttled"
        log = stage.get("AccessLogSettings", {})
        if template.type_of(template.target(log.get("DestinationArn"))) != LOG_GROUP:
            yield f"{name}: has no access log"
        for word in _REVEALING:
            if word in log.get("Format", ""):
                yield f"{name}: its access log reveals {word}"


@rule
def nobody_can_promote_themselves(template: Template) -> Iterator[str]:
    """Who can write the attributes that say whose data one may see can read everybody's."""
    for name, client in template.of_type(USER_POOL_CLIENT):
        writable = client.get("WriteAttributes")
        if writable is None or any(attribute.startswith("custom:") for attribute in writable):
            yield f"{name}: lets people write their own custom attributes"
    for name, pool in template.of_type(USER_POOL):
        if pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly") is not True:
            yield f"{name}: lets anyone sign up"
        resource = template.data["Resources"][name]
        if resource.get("DeletionPolicy") != "Retain" or "DeletionProtection" not in pool:
            yield f"{name}: goes with the stack"


# -------------------------------------------------------------------------------------------------------- outputs


@rule
def outputs_tell_a_client_what_it_needs(template: Template) -> Iterator[str]:
    """The API's address, who issues its tokens, and every table and queue that is not a dead-letter queue."""
    outputs = template.data["Outputs"]
    for needed in ("ApiUrl", "JwtIssuer", "UserPoolId", "UserPoolClientId"):
        if needed not in outputs:
            yield f"there is no output {needed}"
    told = {template.target(output["Value"]) for output in outputs.values()}
    readable = {name for name, _ in template.of_type(QUEUE)} - template.dead_letter_queues()
    for name in sorted(readable | {name for name, _ in template.of_type(TABLE)}):
        if name not in told:
            yield f"no output tells where {name} is"


def _room_and_door(function: dict[str, Any]) -> tuple[str, str]:
    parts = [*function["Handler"].split("."), "", "", ""]
    return parts[1], parts[2]


def _on_failure(source: dict[str, Any]) -> Any:
    return source.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")


def _may(template: Template, function: str, action: str) -> bool:
    role = template.target(template.properties(function).get("Role"))
    return role is not None and any(
        action in _as_list(statement["Action"])
        for policy in template.properties(role)["Policies"]
        for statement in statements_of(policy)
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
