"""Match the lines of the final bill with those of its estimate."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from functions.bill_explanation.models import Bill, Line


class Matching(NamedTuple):
    """Which final line continues which estimated one; all are positions."""

    pairs: tuple[tuple[int, int], ...]  # (final, estimate), in the order of the final lines
    added: tuple[int, ...]  # final lines that the estimate did not have
    removed: tuple[int, ...]  # estimated lines that the final bill no longer has


type _Key = Callable[[Line], Hashable | None]


def match_lines(bill: Bill) -> Matching:
    """Match by id where words or code agree, then by code, then by words, then by id alone.

    Lines are often numbered by position, so an id alone is the weakest evidence: it must not pair
    two lines whose codes contradict each other. Each line is used once, equal ones in their order.
    """
    final = bill.lines
    estimated = bill.estimate.lines if bill.estimate is not None else ()
    found: dict[int, int] = {}
    free = dict(enumerate(estimated))
    for key in (_id_and_code, _id_and_words, _code, _words, _id_alone):
        waiting = ((index, line) for index, line in enumerate(final) if index not in found)
        for index, partner in _pair(waiting, free, key):
            if key is _id_alone and _contradict(final[index], estimated[partner]):
                continue
            found[index] = partner
            del free[partner]
    return Matching(
        tuple(sorted(found.items())),
        tuple(index for index in range(len(final)) if index not in found),
        tuple(free),
    )


def normalise(words: str) -> str:
    """Words without differences of case and spacing."""
    return " ".join(words.casefold().split())


def _pair(lines: Iterable[tuple[int, Line]], free: dict[int, Line], key: _Key) -> list[tuple[int, int]]:
    places: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for partner, line in free.items():
        name = key(line)
        if name is not None:
            places[name].append(partner)
    pairs = []
    for index, line in lines:
        name = key(line)
        if name is not None and places.get(name):
            pairs.append((index, places[name].popleft()))
    return pairs


def _id_and_code(line: Line) -> Hashable | None:
    code = _code(line)
    return None if code is None else (line.id, code)


def _id_and_words(line: Line) -> Hashable | None:
    return (line.id, _words(line))


def _code(line: Line) -> Hashable | None:
    code = line.operation_code or line.part_number
    return None if code is None else (line.kind, code)


def _words(line: Line) -> Hashable | None:
    return (line.kind, normalise(line.description))


def _id_alone(line: Line) -> Hashable | None:
    return (line.kind, line.id)


def _contradict(one: Line, other: Line) -> bool:
    mine, theirs = _code(one), _code(other)
    return mine is not None and theirs is not None and mine != theirs
