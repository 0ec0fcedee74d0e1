"""The system as deployed: a fresh local cloud per run, without persistence, under ports and a directory of its own."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from local.api import Api
from local.cloud import HOST, Cloud
from local.deploy import Deployment
from local.seed import CENTRE, Person, add_person, centre_sample, put_centre, sign_in
from local.start import deployed
from local.tour import Tour


@dataclass
class System:
    """The deployed system, and ways into it."""

    cloud: Cloud
    deployment: Deployment
    url: str

    def api(self, person: str | None = None) -> Api:
        """The API as called by someone of the demo centre, or by nobody."""
        return Api(self.url, self._token(person) if person else "")

    @cached_property
    def tour(self) -> Tour:
        """Waits that end, and ticks of schedules."""
        return Tour(self.cloud, self.deployment, self.url)

    @cached_property
    def centre(self) -> dict[str, Any]:
        """The demo centre, open at any time: no test may depend on when it runs."""
        return open_at_any_time(centre_sample())

    def join(self, *people: Person) -> None:
        """Let people sign in whom only one test needs."""
        for person in people:
            add_person(self.cloud, self.deployment, person)

    @cached_property
    def _tokens(self) -> dict[str, str]:
        return {}

    def _token(self, person: str) -> str:
        if person not in self._tokens:
            self._tokens[person] = sign_in(self.cloud, self.deployment, person)
        return self._tokens[person]

    def functions_said(self) -> str:
        """Everything that the functions have logged so far."""
        logs = self.cloud.client("logs")
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
        pages = (
            page
            for group in groups
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        )
        return "\n".join(event["message"] for page in pages for event in page["events"])


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[System]:
    """The system, deployed once per run and torn down after it."""
    port = two_free_ports()
    cloud = Cloud(port + 1, tmp_path_factory.mktemp("cloud"), persistent=False)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with contextlib.ExitStack() as stack:
        with capture.global_and_fixture_disabled():  # shows the progress of the long steps
            sys.stdout.write("\n")
            deployment, proxy = stack.enter_context(deployed(cloud, port))
        started = System(cloud, deployment, proxy.url)
        put_centre(started.api("manager"), started.centre, CENTRE)  # before functions remember that there is none
        yield started


@pytest.fixture
def api(system: System) -> Callable[[str | None], Api]:
    """The API as called by someone."""
    return system.api


@pytest.fixture(scope="session")
def centre(system: System) -> dict[str, Any]:
    """The demo centre."""
    return system.centre


def open_at_any_time(centre: dict[str, Any]) -> dict[str, Any]:
    """A centre as handed in, but without nights, holidays and duty hours."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ladder = [{name: value for name, value in person.items() if name != "duty"} for person in centre["ladder"]]
    hours = {day: [{"opens": "00:00", "closes": "00:00"}] for day in days}
    return {**centre, "hours": hours, "holidays": [], "make_up_days": [], "ladder": ladder}


def two_free_ports() -> int:
    """A port that is free together with the one after it, outside the range that the kernel hands out by itself."""
    for port in range(18600, 19600, 2):
        with contextlib.suppress(OSError), socket.socket() as first, socket.socket() as second:
            first.bind((HOST, port))
            second.bind((HOST, port + 1))
            return port
    pytest.fail("No free pair of ports between 18600 and 19600.")
