"""What comes in at the doors of this room: what a call came to, and messages to run a centre."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.domain.outreach import ElsewhereReason, Outcome, Words
from shared.domain.owners import Key


class AttemptReport(BaseModel):
    """A call that begins (`calling`), or what one came to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Outcome
    request_id: Key | None = Field(None, description="your own key: the same report sent twice is recorded once")
    words: Words | None = Field(None, description="what the owner said, in their words")
    reason: ElsewhereReason | None = Field(None, description="why they went elsewhere")

    @model_validator(mode="after")
    def _says_what_is_needed(self) -> Self:
        if self.outcome is Outcome.DISSATISFIED and self.words is None:
            raise ValueError("words are needed: what was it that went wrong?")
        if self.outcome is Outcome.ELSEWHERE and self.reason is None:
            raise ValueError("reason is needed: why did they go elsewhere?")
        return self


class RunMessage(BaseModel):
    """On `OutreachCentres`: make the tasks of a centre, from a bucket of the index on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["outreach_due"]
    centre_id: Key
    from_bucket: int = Field(0, ge=0)
    requested_at: str | None = None
