"""Each door under AWS's own runtime client and emulator, with nothing to import but its artefact, its layers and boto3.

The local cloud runs functions under an interpreter that has more installed, so only here does a dependency that is
missing in a layer show. The emulator is the one that the SAM CLI ships; it takes one request at a time.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.build import LOCAL_BUILD, SAM
from local.cloud import CREDENTIALS, HOST, REGION
from tests.e2e.conftest import System
from tests.template.model import FUNCTION, PROJECT, Template, load

TEMPLATE = Template(load())
FUNCTIONS = [name for name, _ in TEMPLATE.of_type(FUNCTION)]
# What Lambda's Python runtime brings along.
BROUGHT_BY_LAMBDA = (
    *("awslambdaric", "runtime_client", "snapshot_restore_py", "simplejson"),
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64" or importlib.util.find_spec("awslambdaric") is None,
    reason="the runtime client is locked for Linux on x86-64 only",
)


def sample_events(function: str) -> list[Path]:
    _, room, door, _ = TEMPLATE.properties(function)["Handler"].split(".")
    return sorted((PROJECT / "events" / room).glob(f"{door}*.json"))


@pytest.fixture(scope="session")
def brought_by_lambda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what Lambda brings and nothing else of this environment."""
    directory = tmp_path_factory.mktemp("runtime")
    for name in BROUGHT_BY_LAMBDA:
        found = importlib.util.find_spec(name)
        assert found is not None, name
        assert found.origin is not None, name
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (directory / source.name).symlink_to(source)
    return directory


@contextlib.contextmanager
def emulated(function: str, system: System, runtime: Path, log: Path) -> Iterator[int]:
    """`function` behind the emulator, with the settings it has on the local cloud; gives the port it answers at."""
    physical = system.cloud.client("cloudformation").describe_stack_resource(
        StackName="aftercare", LogicalResourceId=function
    )["StackResourceDetail"]["PhysicalResourceId"]
    deployed = system.cloud.client("lambda").get_function_configuration(FunctionName=physical)
    api_port, port = free_ports()
    artefact = LOCAL_BUILD / function
    layers = ":".join(str(LOCAL_BUILD / layer["Ref"] / "python") for layer in TEMPLATE.properties(function)["Layers"])
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  a program of this project
            [
                str(next(SAM.parent.parent.rglob("aws-lambda-rie-x86_64"))),
                *("--runtime-api-address", f"{HOST}:{api_port}"),
                *("--runtime-interface-emulator-address", f"{HOST}:{port}"),
                *(os.path.realpath(sys.executable), "-S", "-m", "awslambdaric", deployed["Handler"]),
            ],
            cwd=artefact,
            env={
                **deployed["Environment"]["Variables"],
                **CREDENTIALS,
                "AWS_ENDPOINT_URL": system.cloud.url,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_LAMBDA_FUNCTION_NAME": physical,
                "AWS_LAMBDA_FUNCTION_TIMEOUT": str(deployed["Timeout"]),
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed["MemorySize"]),
                "LAMBDA_TASK_ROOT": str(artefact),
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": f"{artefact}:{layers}:{runtime}",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await_listening(port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind((HOST, 0))
        second.bind((HOST, 0))
        return first.getsockname()[1], second.getsockname()[1]


def await_listening(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("The emulator did not start.")


def invoke(port: int, event: bytes) -> Any:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("POST", "/2015-03-31/functions/function/invocations", event)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_door_answers_its_sample_events(
    function: str, system: System, brought_by_lambda: Path, tmp_path: Path
) -> None:
    log = tmp_path / "function.log"
    with emulated(function, system, brought_by_lambda, log) as port:
        for sample in sample_events(function):
            answer = invoke(port, sample.read_bytes())
            said = "\n".join(line for line in log.read_text().splitlines() if "(rapid)" not in line)
            assert "errorMessage" not in (answer or {}), f"{sample.name}: {answer}\n{said}"
            if "Records" in json.loads(sample.read_bytes()):
                assert isinstance(answer["batchItemFailures"], list)
            elif "routeKey" in json.loads(sample.read_bytes()):
                assert answer["statusCode"] < 500, f"{sample.name}: {answer}\n{said}"
