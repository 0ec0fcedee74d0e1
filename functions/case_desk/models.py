"""What comes in: requests for a case, promises and answers from the queue, actions of staff over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from shared.domain.cases import Checklist
from shared.domain.errors import InvalidInput, Violation
from shared.domain.owners import Key
from shared.domain.validation import MOST_VIOLATIONS, json_pointer

type Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
LongKey = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$")]


class _Message(BaseModel):
    """A message of another room; what a later version of it adds is left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CaseRequest(_Message):
    """`CaseRequested`, checked."""

    type: Literal["case_requested"]
    request_id: LongKey
    reason: Key
    centre_id: Key
    owner_id: Key | None
    requested_at: AwareDatetime
    locale: str = "en"
    words: str = ""
    bill_id: Key | None = None
    line_id: LongKey | None = None
    conversation_id: Key | None = None
    case_id: Key | None = None
    grade: int | None = None
    signals: tuple[str, ...] = ()
    probability: float | None = None
    engine: str | None = None
    language: str | None = None
    channel: str | None = None

    @property
    def reading(self) -> dict[str, Any]:
        """What the agitation engine read in the words, as an entry of the timeline keeps it."""
        kept = self.model_dump(include={"grade", "probability", "engine", "language", "channel"})
        return {**kept, "signals": list(self.signals) or None}


class PromiseReport(_Message):
    """`PromiseMade`, checked: a member of staff promised something in a conversation."""

    type: Literal["promise_made"]
    request_id: LongKey
    centre_id: Key
    owner_id: Key | None
    conversation_id: Key
    staff_id: Key
    words: str
    made_at: AwareDatetime
    locale: str = "en"


class AnswerReport(_Message):
    """`StaffAnswered`, checked: a member of staff wrote to a customer in a conversation."""

    type: Literal["staff_answered"]
    request_id: LongKey
    centre_id: Key
    owner_id: Key | None
    conversation_id: Key
    message_id: LongKey
    staff_id: LongKey
    role: Key | None
    answered_at: AwareDatetime


type Message = CaseRequest | PromiseReport | AnswerReport


class _Action(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    request_id: LongKey | None = Field(None, description="your own key: the same action sent twice is done once")


class Acknowledge(_Action):
    """The case is seen, and its customer is told by whom."""

    action: Literal["acknowledge"]


class Start(_Action):
    """Work begins."""

    action: Literal["start"]


class Wait(_Action):
    """Nothing can be done before the customer answers, or parts arrive."""

    action: Literal["wait"]
    waiting_for: Literal["customer", "parts"]
    words: Words | None = Field(None, description="what is being waited for, as the customer is told")


class Resume(_Action):
    """The wait is over."""

    action: Literal["resume"]


class Resolve(_Action):
    """The trouble is gone; the checklist says how the conversation went."""

    action: Literal["resolve"]
    words: Words = Field(description="what was done, as the customer is told")
    checklist: Checklist


class Close(_Action):
    """Nothing more is to come."""

    action: Literal["close"]


class Reopen(_Action):
    """It was not solved after all. The customer may do this too."""

    action: Literal["reopen"]
    words: Words


class Note(_Action):
    """A note for staff only."""

    action: Literal["note"]
    words: Words


class Reply(_Action):
    """A message to the customer; what it promises enters the promise ledger."""

    action: Literal["reply"]
    words: Words
    steps: tuple[Literal["empathy", "teach", "solve", "value", "connect"], ...] = ()


class Assign(_Action):
    """Another person of the centre's ladder answers from now on."""

    action: Literal["assign"]
    staff_id: Key


class MarkFalseAlarm(_Action):
    """The customer was not upset: kept for retraining. Managers only."""

    action: Literal["mark_false_alarm"]
    grade: Literal[0, 1] = Field(0, description="0: calm · 1: dissatisfied, but controlled")


class ConfirmPromise(_Action):
    """Yes, I promised that."""

    action: Literal["confirm_promise"]
    promise_id: Key


class EditPromise(_Action):
    """I promised it for another time."""

    action: Literal["edit_promise"]
    promise_id: Key
    due_at: AwareDatetime


class KeepPromise(_Action):
    """It is done."""

    action: Literal["keep_promise"]
    promise_id: Key


class WithdrawPromise(_Action):
    """It was no promise."""

    action: Literal["withdraw_promise"]
    promise_id: Key


Action = Annotated[
    Acknowledge
    | Start
    | Wait
    | Resume
    | Resolve
    | Close
    | Reopen
    | Note
    | Reply
    | Assign
    | MarkFalseAlarm
    | ConfirmPromise
    | EditPromise
    | KeepPromise
    | WithdrawPromise,
    Field(discriminator="action"),
]

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])
_ACTION: TypeAdapter[Any] = TypeAdapter(Action)


def read_message(body: str) -> Message:
    """A message of the queue. Raises InvalidInput, so that it ends in the dead-letter queue."""
    try:
        return _MESSAGE.validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from None


def read_action(fields: Any) -> Any:
    """An action out of decoded JSON. Raises InvalidInput with a pointer to each field."""
    try:
        return _ACTION.validate_python(fields)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidInput:
    found = error.errors(include_input=False, include_url=False, include_context=False)[:MOST_VIOLATIONS]
    # The first step names the kind of action or message, which is no field.
    return InvalidInput([Violation(json_pointer(item["loc"][1:]) or "/action", item["msg"]) for item in found])
