"""What `make run` walks, on the deployed system: all parts work, and work again on the state that they leave behind."""

from __future__ import annotations

import pytest

from local.seed import put_owners
from local.walk import walk
from tests.e2e.conftest import System


def test_the_walk_works_twice(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    put_owners(system.api("integrator"))
    said = []
    for _ in range(2):
        walk(system.cloud, system.deployment, system.url)
        said.append(capsys.readouterr().out)
    for out in said:
        assert "the case was opened" in out.lower()
        assert out.count("SMS to +8613800000002") == 1
        assert "recognised as a promise" in out
        assert "You can call 张伟 now: +8613800000002" in out
        assert "The call sheet of" in out
        assert "Emma Clarke was called: dissatisfied; the task is closed" in out
        assert 'in their words: "At my last visit I waited three hours' in out
        assert "may be contacted for marketing: sms no, email no, call no, wechat no" in out
        assert "were won back" in out
        assert "Too few to tell" in out
        assert "refused with" not in out
