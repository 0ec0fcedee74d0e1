"""Merge what the rooms say of their routes into the one OpenAPI document that api_docs serves.

`python -m local.openapi` writes it; `--check` says whether the committed one is current.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from shared.runtime.openapi import PROBLEM_SCHEMA

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "functions" / "api_docs" / "openapi.json"


def merge() -> dict[str, Any]:
    """The document of every room that has an `openapi.py`. Raises ValueError when two rooms clash."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": dict(PROBLEM_SCHEMA)}
    for file in sorted((ROOT / "functions").glob("*/openapi.py")):
        room = importlib.import_module(f"functions.{file.parent.name}.openapi").describe()
        for name, schema in room.schemas.items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two rooms describe {name} differently")
        for path, operations in room.paths.items():
            known = paths.setdefault(path, {})
            if known.keys() & operations.keys():
                raise ValueError(f"two rooms describe {path}")
            for operation in operations.values():
                operation["tags"] = [file.parent.name]
            known.update(operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aftercare",
            "version": "1",
            "description": "After-sales care for electric cars. Errors are RFC 9457 problem documents.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def written() -> str:
    """The document as it is committed."""
    return json.dumps(merge(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    """Write the document, or with `--check` say whether it is current."""
    text = written()
    if "--check" in sys.argv[1:]:
        if DOCUMENT.exists() and DOCUMENT.read_text("utf-8") == text:
            return 0
        print(f"{DOCUMENT.relative_to(ROOT)} is not what the rooms say: run `make openapi`", file=sys.stderr)
        return 1
    DOCUMENT.write_text(text, "utf-8")
    print(f"{DOCUMENT.relative_to(ROOT)}: {len(merge()['paths'])} paths")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
