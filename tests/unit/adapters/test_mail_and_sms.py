"""What SES and SNS are handed, and what is believed of their answers: only what is certain may be tried again."""

from __future__ import annotations

from email.header import decode_header, make_header
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from shared.adapters.attempts import ONCE, attempt
from shared.adapters.clients import client
from shared.adapters.mail import Letter, Mail
from shared.adapters.sms import Sms
from shared.domain.delivery import Verdict

URL = "https://example.com"


class Recorder:
    """A client that remembers how it was called."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def send_email(self, **arguments: Any) -> dict[str, str]:
        self.calls.append(arguments)
        return {"MessageId": "m-1"}

    publish = send_email


def letter(**changes: Any) -> Letter:
    fields: dict[str, Any] = {
        "to": "lin@example.com",
        "sender_name": "星河服务中心",
        "subject": "您的账单说明",
        "text": "…",
        "notice": "abc",
        "attempt": 1,
        "unsubscribe_url": "https://care.example/stop/t",
    }
    return Letter(**(fields | changes))


def handed(letter_: Letter) -> dict[str, Any]:
    recorder = Recorder()
    assert Mail(recorder, "care@aftercare.example", "set").send(letter_).verdict is Verdict.ACCEPTED
    return recorder.calls[0]


def failing(error: Exception) -> Any:
    def fail() -> Any:
        raise error

    return attempt(fail)


def refusal(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Send")  # type: ignore[typeddict-item]


# -------------------------------------------------------------------------------------------------------- e-mail


def test_a_letter_can_be_stopped_in_one_click() -> None:
    headers = {h["Name"]: h["Value"] for h in handed(letter())["Content"]["Simple"]["Headers"]}
    assert headers == {
        "List-Unsubscribe": "<https://care.example/stop/t>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_a_letter_to_staff_has_nothing_to_stop() -> None:
    assert handed(letter(unsubscribe_url=None))["Content"]["Simple"]["Headers"] == []


def test_a_letter_carries_what_proves_it() -> None:
    call = handed(letter())
    assert call["ConfigurationSetName"] == "set"
    assert call["EmailTags"] == [{"Name": "notice", "Value": "abc"}, {"Name": "attempt", "Value": "1"}]


@pytest.mark.parametrize("name", ["星河服务中心", "Star River", 'A "quoted", name', "Zoë" * 40])
def test_a_sender_of_any_name_is_written_as_mail_wants_it(name: str) -> None:
    source = handed(letter(sender_name=name))["FromEmailAddress"]
    assert source.isascii()
    assert "\n" not in source
    assert source.endswith("<care@aftercare.example>")
    shown = str(make_header(decode_header(source.rpartition(" <")[0])))
    assert shown.replace("\\", "").strip('"') == name


@pytest.mark.parametrize("field", ["subject", "sender_name"])
def test_no_text_starts_a_header_of_its_own(field: str) -> None:
    call = handed(letter(**{field: "Hello\r\nBcc: all@example.com\u2028x"}))
    subject = call["Content"]["Simple"]["Subject"]["Data"]
    assert not set("\r\n\u2028") & set(subject + call["FromEmailAddress"])


def test_without_a_sender_no_mail_is_sent() -> None:
    recorder = Recorder()
    outcome = Mail(recorder, "", "set").send(letter())
    assert (outcome.verdict, outcome.detail, recorder.calls) == (Verdict.REFUSED, "MailNotSetUp", [])


# ----------------------------------------------------------------------------------------------------------- SMS


def test_an_sms_says_what_it_is_and_where_it_comes_from() -> None:
    recorder = Recorder()
    Sms(recorder, "+12065550100", "Aftercare").send("+8613812345678", "hello", promotional=True)
    attributes = {name: value["StringValue"] for name, value in recorder.calls[0]["MessageAttributes"].items()}
    assert attributes == {
        "AWS.MM.SMS.OriginationNumber": "+12065550100",
        "AWS.SNS.SMS.SenderID": "Aftercare",
        "AWS.SNS.SMS.SMSType": "Promotional",
    }


@pytest.mark.parametrize("number", ["13812345678", "+0123456789", "+86 138", "", "+" + "1" * 16, "+1234567\n"])
def test_a_number_that_is_not_e164_is_refused_unsent(number: str) -> None:
    recorder = Recorder()
    assert Sms(recorder).send(number, "hello", promotional=False).verdict is Verdict.REFUSED
    assert recorder.calls == []


def test_a_text_that_sns_would_refuse_is_refused_unsent() -> None:
    recorder = Recorder()
    assert Sms(recorder).send("+8613812345678", "x" * 1_601, promotional=False).verdict is Verdict.REFUSED
    assert recorder.calls == []


# ------------------------------------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (refusal("MessageRejected", 400), Verdict.REFUSED),
        (refusal("InvalidParameter", 400), Verdict.REFUSED),
        (ParamValidationError(report="x"), Verdict.REFUSED),
        (refusal("TooManyRequestsException", 429), Verdict.BUSY),
        (refusal("Throttling", 400), Verdict.BUSY),
        (refusal("AccessDeniedException", 403), Verdict.BUSY),
        (refusal("ServiceUnavailable", 503), Verdict.BUSY),
        (EndpointConnectionError(endpoint_url=URL), Verdict.BUSY),
        (ConnectTimeoutError(endpoint_url=URL), Verdict.BUSY),
        (refusal("InternalError", 500), Verdict.UNKNOWN),
        (ReadTimeoutError(endpoint_url=URL), Verdict.UNKNOWN),
        (ConnectionClosedError(endpoint_url=URL), Verdict.UNKNOWN),
    ],
    ids=lambda value: getattr(value, "value", type(value).__name__),
)
def test_a_failure_is_told_apart_by_what_the_provider_may_have_taken(error: Exception, verdict: Verdict) -> None:
    assert failing(error).verdict is verdict


def test_an_error_that_is_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        attempt(lambda: 1 // 0)


def test_the_sdk_does_not_try_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for service in ("sesv2", "sns"):
        assert client(service, ONCE).meta.config.retries["total_max_attempts"] == 1
