"""What every part of the walk needs: the API as each person of the demo centre, waits that end, ticks of schedules."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.api import Answer, Api
from local.cloud import Cloud
from local.deploy import Deployment, physical_id
from local.errors import LocalCloudError
from local.seed import sign_in

ZONE = ZoneInfo("Asia/Shanghai")
"""The demo centre's."""
_PATIENCE_S = 120


@dataclass
class Tour:
    """One walk over a deployed system."""

    cloud: Cloud
    deployment: Deployment
    url: str
    _tokens: dict[str, str] = field(default_factory=dict)

    def api(self, person: str) -> Api:
        """The API as called by someone of the demo centre."""
        if person not in self._tokens:
            self._tokens[person] = sign_in(self.cloud, self.deployment, person)
        return Api(self.url, self._tokens[person])

    def get(self, person: str, path: str) -> Any:
        """What `person` reads at `path`, or None as long as there is nothing."""
        answer = self.api(person).get(path, {"accept-language": "en"})
        return answer.json() if answer.status == 200 else None

    def post(self, person: str, path: str, body: Mapping[str, Any]) -> Any:
        """What is answered to `body`. Raises LocalCloudError when it is refused."""
        return accepted(self.api(person).post(path, dict(body), {"accept-language": "en"}), path)

    def tick(self, function: str, at: datetime, **more: str) -> None:
        """Invoke the schedule door `function` as EventBridge does at the time `at`."""
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": f"{at:%Y-%m-%dT%H:%M:%SZ}", **more}
        answer = self.cloud.client("lambda").invoke(
            FunctionName=physical_id(self.cloud, function), Payload=json.dumps(event).encode()
        )
        if "FunctionError" in answer:
            raise LocalCloudError(f"{function} failed: {answer['Payload'].read().decode()}")


def accepted(answer: Answer, path: str) -> Any:
    """The answer's content. Raises LocalCloudError when the request was refused."""
    if answer.status >= 300:
        raise LocalCloudError(f"{path} was refused with {answer.status}: {answer.text}")
    return answer.json() if answer.body else None


def until[T](what: str, ask: Callable[[], T | None], within: float = _PATIENCE_S) -> T:
    """What `ask` gives, once it gives something that counts. Raises LocalCloudError, which names what was awaited."""
    deadline = time.monotonic() + within
    while not (found := ask()):
        if time.monotonic() > deadline:
            raise LocalCloudError(f"Waited {within:.0f} s in vain for {what}; .local/cloud.log may say why.")
        time.sleep(0.1)
    return found


def local_time(moment: str) -> str:
    """A time of the API by the demo centre's clock."""
    return f"{datetime.fromisoformat(moment).astimezone(ZONE):%a %d %b %H:%M}"


def heading(text: str) -> None:
    """Begin a part of the walk."""
    print(f"\n=== {text}")
