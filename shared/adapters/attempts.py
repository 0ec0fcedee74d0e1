"""How an attempt through an AWS client ended, told apart by what AWS promises of each failure."""

from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)

from shared.domain.delivery import Outcome, Verdict

ONCE = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1})
"""For clients that reach people: the SDK's own retry after a lost answer would send twice."""

# The message itself is at fault; everything else that is refused is a fault of ours or of the moment, and may pass.
_REFUSED = frozenset(
    {
        "MessageRejected",
        "BadRequestException",
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationError",
        "ValidationException",
    }
)
_SERVER_ERROR = 500
_UNAVAILABLE = 503


def attempt(send: Callable[[], Any]) -> Outcome:
    """Call `send` once and tell what is known of it."""
    try:
        answer = send()
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        return Outcome(
            _verdict_on(code, int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))), code
        )
    except ParamValidationError as error:
        return Outcome(Verdict.REFUSED, type(error).__name__)
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        return Outcome(Verdict.BUSY, type(error).__name__)
    except BotoCoreError as error:  # the answer was lost on the way, or something that we know nothing of
        return Outcome(Verdict.UNKNOWN, type(error).__name__)
    return Outcome(Verdict.ACCEPTED, provider_id=str(answer["MessageId"]))


def _verdict_on(code: str, status: int) -> Verdict:
    if code in _REFUSED:
        return Verdict.REFUSED
    return Verdict.UNKNOWN if status >= _SERVER_ERROR and status != _UNAVAILABLE else Verdict.BUSY
