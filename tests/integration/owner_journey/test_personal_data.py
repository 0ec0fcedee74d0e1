"""Drawers: what a table holds of a person, shown and emptied whole."""

from typing import Any

import boto3

from shared.adapters.personal_data import drawers
from tests.integration.conftest import create_table


def test_a_drawer_shows_and_empties_whole_partitions_of_one_owner() -> None:
    client = boto3.client("dynamodb")
    tables = {"BILLS_TABLE": "Bills", "CASES_TABLE": create_table("Cases")}

    def put(pk: str, sk: str, **attributes: Any) -> None:
        client.put_item(TableName="Cases", Item={"pk": {"S": pk}, "sk": {"S": sk}, **attributes})

    for owner in ("owner-1", "owner-2"):
        mine = {"owner_pk": {"S": f"OWNER#{owner}"}, "owner_sk": {"S": "2026"}}
        put(f"CASE#{owner}", "CASE", body={"S": '{"words": "too slow"}'}, **mine)
        put(f"CASE#{owner}", "ENTRY#1", amount={"N": "1.5"}, note={"S": "[unfinished"})
    found = {drawer.name: drawer for drawer in drawers(client, tables)}
    assert set(found) == {"bills", "cases"}
    assert list(found["cases"].read_of("owner-1")) == [
        {"body": {"words": "too slow"}},
        {"amount": "1.5", "note": "[unfinished"},
    ]
    assert found["cases"].erase_of("owner-1") == 2
    assert found["cases"].erase_of("owner-1") == 0
    assert len(list(found["cases"].read_of("owner-2"))) == 2
