"""No room's data of owners is forgotten when a person asks for it, or asks for it to go."""

from typing import Any

import pytest

from shared.adapters.personal_data import TABLES
from tests.template.model import ROLE, TABLE, Template, load

TEMPLATE = Template(load())


def tables_of_owners() -> list[str]:
    return [
        name
        for name, table in TEMPLATE.of_type(TABLE)
        if any(index["IndexName"] == "by_owner" for index in table.get("GlobalSecondaryIndexes", []))
    ]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(role: str, table: str) -> set[str]:
    """What a role may do to a table itself."""
    statements = dict(TEMPLATE.of_type(ROLE))[role]["Policies"][0]["PolicyDocument"]["Statement"]
    return {
        action
        for statement in statements
        if table in map(TEMPLATE.target, listed(statement["Resource"]))
        for action in listed(statement["Action"])
    }


@pytest.mark.parametrize("table", tables_of_owners())
@pytest.mark.parametrize(
    ("function", "actions"),
    [("OwnerApi", {"dynamodb:Query"}), ("OwnerWorker", {"dynamodb:Query", "dynamodb:DeleteItem"})],
)
def test_every_table_with_an_index_by_owner_can_be_read_and_emptied(
    table: str, function: str, actions: set[str]
) -> None:
    variables = TEMPLATE.properties(function)["Environment"]["Variables"]
    named = {name for name, value in variables.items() if TEMPLATE.target(value) == table}
    assert named & TABLES.keys(), f"give {function} the table {table} under a name of TABLES"
    assert actions <= allowed(f"{function}Role", table)


@pytest.mark.parametrize("function", ["CaseWorker", "ConversationWorker", "NoticeWorker"])
def test_who_keeps_what_comes_in_late_can_ask_whether_its_owner_was_erased_and_nothing_more(function: str) -> None:
    assert TEMPLATE.target(TEMPLATE.properties(function)["Environment"]["Variables"]["OWNERS_TABLE"]) == "Owners"
    assert allowed(f"{function}Role", "Owners") == {"dynamodb:GetItem"}
