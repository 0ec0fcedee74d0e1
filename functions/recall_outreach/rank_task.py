"""Rank a task: expected value × chance to reach × time since, and a place in the queue that fairness can count on.

The product, between 0 and 1, is turned into a head start of at most `head_start_days` over those who came later. The
rank is a moment and never changes, so whoever has waited that long comes before every newcomer, however valuable.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.recall_outreach.policies import Ranking
from shared.domain.lifetime_value import estimate_value
from shared.domain.outreach import Person, Rank, Reason
from shared.domain.owners import Channel, Owner
from shared.domain.vehicles import Holding

_PLACES = 4


def rank_task(  # noqa: PLR0913 - each is a part of what is weighed
    holding: Holding,
    owner: Owner,
    person: Person,
    *,
    due_on: date,
    lapse_months: int,
    now: datetime,
    ranking: Ranking,
    assumptions: Mapping[str, Any],
) -> Rank:
    """The rank of an owner who is due since `due_on`; `assumptions` is the content lifetime_value."""
    reasons = (
        _value(holding, lapse_months, now.date(), ranking, assumptions),
        _reach(owner, person, ranking),
        _time(due_on, now.date(), ranking),
    )
    score = 1.0
    for reason in reasons:
        score *= reason.share
    head_start = timedelta(days=ranking.head_start_days) * score
    ranks_as_of = (now.astimezone(UTC) - head_start).replace(microsecond=0)
    return Rank(score=round(score, _PLACES), ranks_as_of=ranks_as_of, reasons=reasons)


def _value(holding: Holding, lapse_months: int, on: date, ranking: Ranking, assumptions: Mapping[str, Any]) -> Reason:
    """The estimate v as v ÷ (v + half value): more counts for more, but never for everything."""
    estimate = estimate_value(holding, lapse_months, on, assumptions)
    if estimate is None:
        return Reason(factor="value", share=ranking.value_unknown)
    half = ranking.half_value.get(estimate.currency, ranking.half_value_otherwise)
    share = float(estimate.likely) / (float(estimate.likely) + half)
    inputs = {"low": estimate.low, "likely": estimate.likely, "high": estimate.high}
    return Reason(factor="value", share=round(share, _PLACES), inputs=inputs, currency=estimate.currency)


def _reach(owner: Owner, person: Person, ranking: Ranking) -> Reason:
    number = owner.address_for(Channel.CALL)
    verified = any(phone.verified for phone in owner.phones if phone.number == number)
    share = ranking.reach.verified if verified else ranking.reach.unverified
    share *= ranking.reach.each_unanswered**person.unanswered
    inputs = {"verified": Decimal(verified), "unanswered": Decimal(person.unanswered)}
    return Reason(factor="reach", share=round(share, _PLACES), inputs=inputs)


def _time(due_on: date, today: date, ranking: Ranking) -> Reason:
    """Days overdue d as d ÷ (d + half), from a least share up."""
    days = max((today - due_on).days, 0)
    share = ranking.least_time + (1 - ranking.least_time) * days / (days + ranking.half_days_overdue)
    return Reason(factor="time", share=round(share, _PLACES), inputs={"overdue_days": Decimal(days)})
