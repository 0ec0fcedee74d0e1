"""Starts and stops ministack, the emulator of AWS, as a child process with an environment of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.errors import LocalCloudError

PROJECT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
REGION = "us-east-1"
_HEALTHY_WITHIN_S = 90
_STOPPED_WITHIN_S = 30

# Known to the emulator as the account's root; no secret.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass
class Cloud:
    """One emulator: its gateway port and the directory that holds its state, its log and its temporary files.

    With `persistent` false everything is forgotten at the stop.
    """

    port: int
    home: Path
    persistent: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where the AWS SDK finds the emulator."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What the emulator and the functions' processes print."""
        return self.home / "cloud.log"

    def start(self) -> None:
        """Start the emulator and wait until it answers.

        Raises LocalCloudError when the port is taken, the emulator is not installed or it does not come up.
        """
        program = PROJECT / ".tools" / "cloud" / "bin" / "python"
        if not program.exists():
            raise LocalCloudError("The local cloud is not installed: run `make tools` first.")
        require_free_port(self.port)
        temporary = self.home / "tmp"
        for left in (temporary, *self.home.glob("tmp.*")):  # the emulator leaves unpacked functions behind
            throw_away(left)
        for directory in (temporary, self.home / "state", self.home / "s3"):
            directory.mkdir(parents=True, exist_ok=True)
        if self.persistent:
            forget_stream_positions(self.home / "state")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  a program of this project, no input
                [str(program), "-m", "ministack"],
                env=self._environment(program.parent, temporary),
                cwd=temporary,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this program, which then stops the emulator in order
            )
        self._await_health()

    def _environment(self, programs: Path, temporary: Path) -> dict[str, str]:
        """Functions inherit all of this, so nothing of the developer's machine is in it."""
        persist = {"PERSIST_STATE": "1", "S3_PERSIST": "1"} if self.persistent else {}
        return {
            "PATH": f"{programs}:/usr/bin:/bin",
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "AUTH": "true",
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "STATE_DIR": str(self.home / "state"),
            "S3_DATA_DIR": str(self.home / "s3"),
            **persist,
        }

    def _await_health(self) -> None:
        deadline = time.monotonic() + _HEALTHY_WITHIN_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise LocalCloudError(f"The local cloud ended while starting; its last words are in {self.log}.")
            if self._answers():
                return
            time.sleep(0.1)
        self.stop()
        raise LocalCloudError(f"The local cloud did not answer within {_HEALTHY_WITHIN_S} s; see {self.log}.")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop the emulator so that it saves its state; kill it when it hangs."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            sys.stderr.write("The local cloud did not stop by itself: its state is that of the last clean stop.\n")
        # What it started (the functions' processes) shares its process group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        throw_away(self.home / "tmp")

    @property
    def running(self) -> bool:
        """Whether the emulator's process is alive."""
        return self._process is not None and self._process.poll() is None

    @cached_property
    def _session(self) -> boto3.session.Session:
        return boto3.session.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    def client(self, service: Any) -> Any:
        """An SDK client of `service` as the account's administrator."""
        return self._session.client(service, endpoint_url=self.url, config=Config(retries={"max_attempts": 2}))


def require_free_port(port: int) -> None:
    """Raise LocalCloudError when something already listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalCloudError(
                f"Port {port} is in use: stop what listens there, or choose another with `make run PORT=…`."
            ) from error


def throw_away(directory: Path) -> None:
    """Remove a directory without waiting for it: fifty thousand small files keep a slow disk busy for minutes."""
    if not directory.exists():
        return
    rubbish = directory.with_name(f"tmp.{time.time_ns()}")
    directory.rename(rubbish)
    command = ["/bin/sh", "-c", 'rm -rf -- "$0" </dev/null >/dev/null 2>&1 &', str(rubbish)]
    subprocess.run(command, check=False)  # noqa: S603  no input


def forget_stream_positions(state: Path) -> None:
    """Drop the saved read positions of streams.

    The emulator saves how far each stream was read but not the stream's records, so after a restart a mapping would
    wait for ever at a position that no longer exists.
    """
    file = state / "lambda.json"
    if not file.exists():
        return

    def without_positions(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: without_positions(v) for k, v in value.items() if k != "dynamodb_stream_positions"}
        if isinstance(value, list):
            return [without_positions(v) for v in value]
        return value

    file.write_text(json.dumps(without_positions(json.loads(file.read_text()))))
