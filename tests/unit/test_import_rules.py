"""Imports run functions → shared.runtime → shared.adapters → shared.domain and never back; doors are thin."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DOORS = ("api", "worker", "timer", "stream")
LONGEST_DOOR = 60

# What a package of shared/ may import of shared/; a room may import all of it.
ALLOWED = {
    "shared.domain": {"shared.domain"},
    "shared.content": {"shared.content", "shared.domain"},
    "shared.adapters": {"shared.adapters", "shared.domain", "shared.content"},
    "shared.runtime": {"shared.runtime", "shared.adapters", "shared.domain", "shared.content"},
}
AWS = ("boto3", "botocore", "aws_lambda_powertools")
# Clocks and the environment: the domain is told the time and its settings.
AMBIENT = {
    ("os", "environ"), ("os", "getenv"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"),
    ("date", "today"), ("time", "time"), ("time", "monotonic"), ("uuid", "uuid4"), ("secrets", "token_hex"),
}  # fmt: skip
NOT_ON_LAMBDA = ("local", "tests", "bench", "training", "pytest", "moto", "hypothesis")


@dataclass(frozen=True)
class Module:
    """A source file and the name it is imported by."""

    name: str
    source: str

    @property
    def room(self) -> str | None:
        parts = self.name.split(".")
        return parts[1] if parts[0] == "functions" and len(parts) > 1 else None


def modules() -> list[Module]:
    found = []
    for package in ("functions", "shared"):
        for file in sorted((PROJECT / package).rglob("*.py")):
            name = ".".join(file.relative_to(PROJECT).with_suffix("").parts)
            found.append(Module(name.removesuffix(".__init__"), file.read_text()))
    return found


def imported(module: Module) -> Iterator[str]:
    """Every module that `module` names in an import, in full, wherever the import stands."""
    for node in ast.walk(ast.parse(module.source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield f"{module.name}:relative"
            elif node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def objections(module: Module) -> Iterator[str]:
    for name in imported(module):
        top = name.partition(".")[0]
        if name.endswith(":relative"):
            yield f"{module.name}: imports relatively; write the full name"
        if top in NOT_ON_LAMBDA:
            yield f"{module.name}: imports {name}, which is not deployed"
        if module.room and top == "functions" and name.split(".")[1:2] not in ([], [module.room]):
            yield f"{module.name}: imports {name}, another room"
        yield from outward(module, name)
    if within(module.name, "shared.domain"):
        yield from (f"{module.name}: reads {found}; pass it in" for found in ambient(module))


def outward(module: Module, name: str) -> Iterator[str]:
    top = name.partition(".")[0]
    for package, allowed in ALLOWED.items():
        if not within(module.name, package):
            continue
        if top == "functions":
            yield f"{module.name}: imports {name}, a room"
        if top == "shared" and name != "shared" and not any(within(name, other) for other in allowed):
            yield f"{module.name}: imports {name}, which is further out"
    if top in AWS and (within(module.name, "shared.domain") or within(module.name, "shared.content")):
        yield f"{module.name}: imports {name}; the domain does not know AWS"


def ambient(module: Module) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            last = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if (last, node.attr) in AMBIENT:
                yield f"{last}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{a.name}" for a in node.names if (str(node.module), a.name) in AMBIENT)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_imports_run_inwards_and_rooms_stay_apart() -> None:
    assert [objection for module in modules() for objection in objections(module)] == []


def test_doors_are_thin() -> None:
    thick = [
        f"{module.name}: {lines} lines"
        for module in modules()
        if module.room
        and module.name.split(".")[-1] in DOORS
        and (lines := len(module.source.splitlines())) > LONGEST_DOOR
    ]
    assert thick == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("shared.domain.money", "import boto3"),
        ("shared.domain.money", "from aws_lambda_powertools import Logger"),
        ("shared.domain.money", "from shared.adapters import tables"),
        ("shared.domain.money", "from shared import runtime"),
        ("shared.domain.money", "import os\nos.environ['A']"),
        ("shared.domain.money", "from os import environ"),
        ("shared.domain.money", "import datetime as dt\ndt.datetime.now(dt.UTC)"),
        ("shared.domain.money", "from datetime import date\ndate.today()"),
        ("shared.domain.money", "def f():\n    from functions.case_desk import models"),
        ("shared.adapters.tables", "from shared.runtime import settings"),
        ("shared.adapters.tables", "import functions.case_desk.models"),
        ("functions.case_desk.api", "from functions.bill_explanation import models"),
        ("functions.case_desk.api", "import functions.bill_explanation.models"),
        ("functions.case_desk.api", "from functions import bill_explanation"),
        ("functions.case_desk.api", "from . import models"),
        ("functions.case_desk.api", "from local.cloud import Cloud"),
    ],
)
def test_a_forbidden_import_is_seen(name: str, source: str) -> None:
    assert list(objections(Module(name, source)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("functions.case_desk.api", "from functions.case_desk.models import Case\nfrom shared.adapters import tables"),
        ("shared.adapters.tables", "import boto3\nfrom shared.domain.errors import NotFound"),
        ("shared.domain.money", "from decimal import Decimal\nfrom shared.domain.errors import NotFound"),
        ("shared.runtime.clock", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
    ],
)
def test_a_proper_import_passes(name: str, source: str) -> None:
    assert list(objections(Module(name, source))) == []
