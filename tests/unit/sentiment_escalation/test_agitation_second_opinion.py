"""A second opinion may move the embedded score a little, and never stands in its way."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.sentiment_escalation.agitation.reading import Grade, Reading
from functions.sentiment_escalation.agitation.second_opinion import EngineWithOpinions
from shared.adapters.language_model import ModelUnavailable
from shared.adapters.sentiment_models import BedrockOpinion, ComprehendOpinion
from shared.domain.opinions import NoOpinion


@dataclass
class Embedded:
    probability: float

    def read(self, text: str) -> Reading:  # noqa: ARG002
        grade = Grade.AGITATED if self.probability >= 0.5 else Grade.CALM
        return Reading(self.probability, grade, (), (), "en", "high", "test")


@dataclass
class Opinion:
    said: float | None
    name: str = "other"
    asked: list[str] = field(default_factory=list)

    def probability(self, text: str, language: str) -> float:  # noqa: ARG002
        self.asked.append(text)
        if self.said is None:
            raise NoOpinion("timed out")
        return self.said


def test_an_opinion_moves_an_undecided_score_a_little() -> None:
    reading = EngineWithOpinions(Embedded(0.45), [Opinion(1.0)]).read("hm")
    assert reading.probability == pytest.approx(0.5875)
    assert reading.grade == Grade.AGITATED
    assert reading.opinions == ("other",)


def test_nobody_is_asked_about_a_clear_score() -> None:
    opinion = Opinion(0.0)
    assert EngineWithOpinions(Embedded(0.97), [opinion]).read("hm").probability == 0.97
    assert opinion.asked == []


def test_the_embedded_score_stands_when_the_others_fail() -> None:
    assert EngineWithOpinions(Embedded(0.45), [Opinion(None)]).read("hm") == Embedded(0.45).read("hm")


def test_one_failure_does_not_silence_the_next() -> None:
    reading = EngineWithOpinions(Embedded(0.5), [Opinion(None, "a"), Opinion(0.0, "b")]).read("hm")
    assert reading.opinions == ("b",)
    assert reading.grade == Grade.DISSATISFIED


@dataclass
class Comprehend:
    answer: Any

    def detect_sentiment(self, **request: Any) -> Any:
        assert len(request["Text"].encode()) <= 5_000
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_comprehend_gives_its_share_of_negative() -> None:
    opinion = ComprehendOpinion(comprehend=Comprehend({"SentimentScore": {"Negative": 0.7}}))
    assert opinion.probability("好" * 8_000, "zh") == 0.7


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        (ReadTimeoutError(endpoint_url="x"), "en"),
        ({}, "en"),
        ({"SentimentScore": {"Negative": None}}, "en"),
        ({"SentimentScore": {"Negative": 0.7}}, "ru"),
    ],
)
def test_comprehend_that_fails_has_no_opinion(answer: Any, language: str) -> None:
    with pytest.raises(NoOpinion):
        ComprehendOpinion(comprehend=Comprehend(answer)).probability("x", language)


@dataclass
class Model:
    answer: str | Exception

    def write(self, instruction: str, material: str, max_tokens: int) -> str:  # noqa: ARG002
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_bedrock_gives_the_number_that_the_model_wrote() -> None:
    assert BedrockOpinion(Model('{"probability": 0.8}')).probability("x", "en") == 0.8


@pytest.mark.parametrize(
    "answer", ["very angry", '{"probability": 7}', '0.8 {"probability": 1}', "", ModelUnavailable("x")]
)
def test_bedrock_that_gives_no_bare_number_has_no_opinion(answer: str | Exception) -> None:
    with pytest.raises(NoOpinion):
        BedrockOpinion(Model(answer)).probability("x", "en")
