"""The explanation of a bill: language-neutral statements whose every number is a figure."""

from enum import StrEnum
from typing import NamedTuple

from shared.domain.figures import Figure
from shared.domain.statements import Statement


class Severity(StrEnum):
    """How much a finding matters to the owner."""

    ERROR = "error"  # the bill contradicts itself or a rule: ask before paying
    WARNING = "warning"  # probably right, worth asking
    NOTE = "note"  # good to know


class Finding(NamedTuple):
    """Something that a rule noticed, and what to ask about it."""

    rule: str
    severity: Severity
    lines: tuple[str, ...]  # ids of the lines concerned
    pointers: tuple[str, ...]  # JSON pointers into the bill
    statement: Statement
    ask: Statement


class PayerShare(NamedTuple):
    """What one payer takes of the total, tax included."""

    payer: str
    amount: Figure
    share: Figure | None  # per cent of the total, one decimal; None where the total is zero
    statement: Statement


class LineExplanation(NamedTuple):
    """One line in plain words."""

    id: str
    kind: str
    payer: str
    title: Statement  # what was done or fitted
    amount: Statement  # how the amount came about
    details: tuple[Statement, ...]  # tax, payer and reason, condition of the part, code
    net: Figure


class JobExplanation(NamedTuple):
    """Concern, cause and correction, with the lines that served it; `id` None: no job named."""

    id: str | None
    reasons: tuple[Statement, ...]
    lines: tuple[LineExplanation, ...]


class VarianceCause(StrEnum):
    """Why final and estimate differ."""

    HOURS = "hours"
    QUANTITY = "quantity"
    PRICE = "price"
    ADDED = "added"
    REMOVED = "removed"
    TAX = "tax"
    PAYER = "payer"
    OTHER = "other"


class CauseOfVariance(NamedTuple):
    """What one cause changed; amounts are final minus estimate."""

    cause: VarianceCause
    amount: Figure
    statement: Statement
    details: tuple[Statement, ...]


class Variance(NamedTuple):
    """Final against estimate, tax included; the causes add up to the difference."""

    estimated: Figure
    final: Figure
    difference: Figure
    summary: Statement
    causes: tuple[CauseOfVariance, ...]
    authorisations: tuple[Statement, ...]
    overrun_rule: tuple[Statement, ...]


class Explanation(NamedTuple):
    """Everything that is said about a bill, before it is put into a language."""

    headline: Statement
    payers: tuple[PayerShare, ...]
    jobs: tuple[JobExplanation, ...]
    tax: tuple[Statement, ...]
    totals: tuple[Statement, ...]
    variance: Variance | None
    findings: tuple[Finding, ...]
    repair_warranty: tuple[Statement, ...]
    if_you_disagree: tuple[Statement, ...]
    about: tuple[Statement, ...]  # bill number, date, vehicle, centre
