"""A clean stop keeps the state of the local cloud, and what is driven by streams goes on after it."""

from __future__ import annotations

import time
from pathlib import Path

from local.api import Api
from local.cloud import Cloud
from local.deploy import STACK, deploy
from local.proxy import Proxy
from local.seed import seed, sign_in
from tests.e2e.conftest import System, two_free_ports

STREAM_LOGS = f"/aws/lambda/{STACK}/bill_explanation-stream"


def put_item(cloud: Cloud, table: str, key: str) -> None:
    cloud.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}, "sk": {"S": "TEST"}})


def stream_was_called(cloud: Cloud, since: float) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = cloud.client("logs").filter_log_events(logGroupName=STREAM_LOGS, startTime=int(since * 1000))
        if found["events"]:
            return True
        time.sleep(0.2)
    return False


def test_state_and_streams_outlive_a_clean_stop(system: System, tmp_path: Path) -> None:
    assert system.url  # the fixture has built what is deployed here once more
    port = two_free_ports()
    url = f"http://127.0.0.1:{port}"
    cloud = Cloud(port + 1, tmp_path)
    try:
        cloud.start()
        deployment, anew = deploy(cloud, url)
        assert anew
        seed(cloud, deployment)
        table, started = deployment.outputs["BillsTable"], time.time()
        put_item(cloud, table, "before")
        assert stream_was_called(cloud, started)
        cloud.stop()

        cloud.start()
        deployment, anew = deploy(cloud, url)
        assert not anew
        assert deployment.outputs["BillsTable"] == table
        keys = {item["pk"]["S"] for item in cloud.client("dynamodb").scan(TableName=table)["Items"]}
        assert keys == {"before"}
        proxy = Proxy(port, cloud.port, deployment.gateway_path)
        proxy.start()
        try:
            assert Api(url).get("/bills").status == 401
            assert Api(url, sign_in(cloud, deployment, "owner")).get("/bills").status == 200
        finally:
            proxy.stop()
        restarted = time.time()
        put_item(cloud, table, "after")
        assert stream_was_called(cloud, restarted)
    finally:
        cloud.stop()
