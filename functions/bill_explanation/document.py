"""The explanation of a bill in one language, as it is stored and answered: plain JSON."""

from typing import TypedDict


class FigureDict(TypedDict):
    """A figure: its value as text, its unit (ISO 4217 code for money) and its source."""

    value: str
    unit: str
    source: str
    text: str


class SpanDict(FigureDict):
    """A figure within a text, from character `start` to `end`."""

    start: int
    end: int


class TextDict(TypedDict):
    """A finished text and every figure in it."""

    text: str
    figures: list[SpanDict]


class PayerDict(TypedDict):
    """What one payer takes."""

    payer: str
    name: str
    amount: FigureDict
    share: FigureDict | None
    statement: TextDict


class LineDict(TypedDict):
    """One line in plain words."""

    id: str
    kind: str
    payer: str
    title: TextDict
    amount: TextDict
    net: FigureDict
    details: list[TextDict]
    findings: list[int]


class JobDict(TypedDict):
    """A job: why, and its lines."""

    id: str | None
    reasons: list[TextDict]
    lines: list[LineDict]


class CauseDict(TypedDict):
    """What one cause changed against the estimate."""

    cause: str
    name: str
    amount: FigureDict
    statement: TextDict
    details: list[TextDict]


class VarianceDict(TypedDict):
    """Final against estimate."""

    estimated: FigureDict
    final: FigureDict
    difference: FigureDict
    summary: TextDict
    causes: list[CauseDict]
    authorisations: list[TextDict]
    overrun_rule: list[TextDict]


class FindingDict(TypedDict):
    """What a rule noticed, and what to ask."""

    rule: str
    severity: str
    lines: list[str]
    pointers: list[str]
    statement: TextDict
    ask: TextDict


class Document(TypedDict):
    """The explanation of a bill in one language."""

    number: str
    revision: int
    kind: str
    currency: str
    locale: str
    explained_on: str
    engine: str
    total: FigureDict
    payable: FigureDict
    headline: TextDict
    narrative: TextDict | None
    payers: list[PayerDict]
    jobs: list[JobDict]
    tax: list[TextDict]
    totals: list[TextDict]
    variance: VarianceDict | None
    findings: list[FindingDict]
    repair_warranty: list[TextDict]
    if_you_disagree: list[TextDict]
    about: list[TextDict]
