"""A language model on Amazon Bedrock, asked through the Converse API. Optional everywhere."""

from typing import Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.adapters.clients import client


class ModelUnavailable(Exception):
    """The model failed, refused, was cut off or did not answer in time: use what needs no model."""


class LanguageModel(Protocol):
    """Something that writes a short text on instruction."""

    def write(self, instruction: str, material: str, max_tokens: int) -> str:
        """The finished text. Raises ModelUnavailable."""
        ...


class BedrockModel:
    """A model of Amazon Bedrock by its id."""

    def __init__(self, model_id: str, *, seconds: float = 6, bedrock: Any = None) -> None:
        self._model_id = model_id
        self._seconds = seconds
        self._bedrock = bedrock

    def write(self, instruction: str, material: str, max_tokens: int) -> str:
        """The model's text. One try within the time given, since somebody is waiting."""
        if self._bedrock is None:
            config = Config(read_timeout=self._seconds, retries={"mode": "standard", "max_attempts": 1})
            self._bedrock = client("bedrock-runtime", config)
        try:
            answer = self._bedrock.converse(
                modelId=self._model_id,
                system=[{"text": instruction}],
                messages=[{"role": "user", "content": [{"text": material}]}],
                inferenceConfig={"maxTokens": max_tokens, "temperature": 0},
            )
        except (BotoCoreError, ClientError) as error:
            raise ModelUnavailable(type(error).__name__) from None
        if answer.get("stopReason") != "end_turn":
            raise ModelUnavailable(f"stopped: {answer.get('stopReason')}")
        parts = answer.get("output", {}).get("message", {}).get("content", [])
        return "".join(part.get("text", "") for part in parts).strip()
