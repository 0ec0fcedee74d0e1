"""Report the effect of a centre's month: counts, shares, their difference with its interval, and what it may mean."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.recall_outreach.measure_effect import Arm, Effect, Finding, Interval, measure_effect, wilson
from functions.recall_outreach.policies import EffectRules
from functions.recall_outreach.write_document import write_text
from shared.content import load_all, wording
from shared.domain.figures import Book
from shared.domain.outreach import Task
from shared.domain.statements import Statement, say


def report_effect(
    tasks: Iterable[Task], rules: EffectRules, *, centre_id: str, month: str, now: datetime, locale: str
) -> dict[str, Any]:
    """The report as plain JSON: shares and their difference in percent, one decimal."""
    effect = measure_effect(tasks, rules, now)
    uplift = effect.uplift
    data = {
        **({name: _percent(getattr(uplift, name)) for name in ("value", "low", "high")} if uplift else {}),
        "asked": Decimal(effect.asked.size),
        "held_out": Decimal(effect.held_out.size),
        "waiting": Decimal(effect.waiting),
        "confidence": Decimal(rules.confidence_percent),
        "days": Decimal(rules.within_days),
    }
    book, words = Book(data, load_all()), wording(locale)
    return {
        "centre_id": centre_id,
        "month": month,
        "within_days": rules.within_days,
        "asked": {
            "made": effect.made,
            "contacted": effect.contacted,
            "reached": effect.reached,
            "won_back": effect.won_back,
            **_arm(effect.asked, rules.z),
        },
        "held_out": _arm(effect.held_out, rules.z),
        "outcomes": effect.outcomes,
        "waiting": effect.waiting,
        "uplift": _interval(uplift),
        "confidence_percent": rules.confidence_percent,
        "finding": effect.finding.value,
        "says": [write_text(statement, book, words)["text"] for statement in _say(effect, book)],
    }


def _say(effect: Effect, book: Book) -> list[Statement]:
    days = book.at("days", "days")
    names = ("value", "low", "high", "confidence") if effect.uplift else ()
    points = {name: book.at("percent", name) for name in names}
    said: list[Statement] = []
    match effect.finding:
        case Finding.TOO_FEW if effect.uplift is None:
            said.append(say("outreach.effect.nobody", days=days))
        case Finding.TOO_FEW:
            groups = {name: book.at("count", name) for name in ("asked", "held_out")}
            said += [say("outreach.effect.too_few", **groups), say("outreach.effect.interval", **points)]
        case Finding.NO_DIFFERENCE:
            said.append(say("outreach.effect.no_difference", **points))
        case finding:
            said.append(say(f"outreach.effect.{finding.value}", **points, days=days))
    if effect.waiting:
        said.append(say("outreach.effect.waiting", count=book.at("count", "waiting"), days=days))
    return said


def _arm(arm: Arm, z: float) -> dict[str, Any]:
    return {"counted": arm.size, "came_back": arm.came_back, "share": _interval(wilson(arm, z))}


def _interval(interval: Interval | None) -> dict[str, str] | None:
    if interval is None:
        return None
    return {name: str(_percent(getattr(interval, name))) for name in ("low", "value", "high")}


def _percent(share: float) -> Decimal:
    return Decimal(f"{share * 100:.1f}") + 0
