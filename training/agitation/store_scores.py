"""Writes the scores that a test holds the weights to: `python -m training.agitation.store_scores`, after training."""

from __future__ import annotations

import json
from pathlib import Path

from functions.sentiment_escalation.agitation.engine import EmbeddedEngine

STORED = Path("tests/unit/sentiment_escalation/agitation_scores.json")


def main() -> None:
    """Score the stored texts anew."""
    engine = EmbeddedEngine()
    rows = json.loads(STORED.read_text(encoding="utf-8"))["scores"]
    scores = [{"text": row["text"], "probability": engine.read(row["text"]).probability} for row in rows]
    document = {"engine_version": engine.version, "scores": scores}
    STORED.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
