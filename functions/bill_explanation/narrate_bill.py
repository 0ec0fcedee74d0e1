"""Let a language model retell an explanation in a few sentences, without trusting it with a number.

The model sees marks such as [[f3]] where figures stand and must write the marks; the figures are put
in afterwards. Anything else that reads as a number, a mark that it was not given, or a sentence that
mixes the figures of two statements, and its text is dropped.
"""

import re
from collections.abc import Sequence

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Explanation
from shared.adapters.language_model import LanguageModel, ModelUnavailable
from shared.domain.errors import UnboundNumber
from shared.domain.figures import Figure
from shared.domain.number_guard import check_text
from shared.domain.statements import Rendered, Span, Statement, Wording, render
from shared.runtime.observability import count, logger

_MARK = re.compile(r"\[\[f(\d+)\]\]")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*")
_LONGEST = 1_200
_MOST_STATEMENTS = 25
# Numbers in words escape the digits' guard, so they are refused where they count or measure.
_NUMBER_WORDS = re.compile(
    r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundreds?|thousands?|millions?|half|halves|third|quarter|twice|double|triple|percent)\b"
    r"|[零〇一二两三四五六七八九十百千万亿半]+(?:[元块角分%％天年月日件项个次倍成]|小时|公里|折)|百分之|[一二三四五六七八九]成",
    re.IGNORECASE,
)


def narrate_bill(explanation: Explanation, book: BillBook, wording: Wording, model: LanguageModel) -> Rendered | None:
    """A short retelling in the wording's language, or None when there is none that can be trusted."""
    told = _tell(explanation, wording)
    figures = [span.figure for rendered in told for span in rendered.spans]
    owner_of = [index for index, rendered in enumerate(told) for _ in rendered.spans]
    try:
        written = model.write(wording.template("narrative.instruction"), "\n".join(_marked(told)), max_tokens=600)
        narrative = _put_in_figures(written, figures, owner_of, wording)
        check_text(narrative, book, wording)
    except ModelUnavailable as error:
        logger.warning("narrative not written", reason=str(error))
    except UnboundNumber:
        logger.warning("narrative refused by the number guard")
    else:
        count("NarrativesWritten")
        return narrative
    count("NarrativesRefused")
    return None


def _tell(explanation: Explanation, wording: Wording) -> list[Rendered]:
    statements: list[Statement] = [explanation.headline]
    statements += [share.statement for share in explanation.payers]
    statements += [reason for job in explanation.jobs for reason in job.reasons]
    if explanation.variance is not None:
        statements += [explanation.variance.summary, *(c.statement for c in explanation.variance.causes)]
    statements += [finding.statement for finding in explanation.findings]
    return [render(statement, wording) for statement in statements[:_MOST_STATEMENTS]]


def _marked(told: Sequence[Rendered]) -> list[str]:
    """The statements with a mark for each figure; names and words of the bill stay hidden as well."""
    number = 0
    lines = []
    for rendered in told:
        pieces, place = [], 0
        for span in rendered.spans:
            pieces += [rendered.text[place : span.start], f"[[f{number}]]"]
            place, number = span.end, number + 1
        lines.append("- " + "".join([*pieces, rendered.text[place:]]))
    return lines


def _put_in_figures(written: str, figures: Sequence[Figure], owner_of: Sequence[int], wording: Wording) -> Rendered:
    if not written or len(written) > _LONGEST or _NUMBER_WORDS.search(written):
        raise UnboundNumber("the narrative is empty, too long or counts in words")
    for sentence in _SENTENCE_END.split(written):
        owners = {owner_of[int(n)] for n in _MARK.findall(sentence) if int(n) < len(figures)}
        if len(owners) > 1:
            raise UnboundNumber("a sentence of the narrative mixes figures of several statements")
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for position, part in enumerate(_MARK.split(written)):
        text = part
        if position % 2:
            if int(part) >= len(figures):
                raise UnboundNumber("the narrative names a figure that it was not given")
            figure = figures[int(part)]
            text = wording.write(figure)
            spans.append(Span(length, length + len(text), figure))
        pieces.append(text)
        length += len(text)
    return Rendered("".join(pieces), tuple(spans))
