"""The conditions on the writes of the notifications room are what keeps people from being told twice."""

import pytest

from tests.crash import notifications
from tests.crash.harness import How, Scenario, run

TELLING = Scenario("notifications: a page and an e-mail", notifications.telling)


@pytest.mark.parametrize("condition", ["attribute_not_exists(pk)"])
def test_a_claim_without_its_condition_tells_people_twice(condition: str) -> None:
    expected, undisturbed = run(TELLING)
    claims = [n for n, call in enumerate(undisturbed.calls, 1) if call == "TransactWriteItems"]
    for claim in claims:
        kept, _ = run(TELLING, (claim, How.OVERTAKEN))
        weakened, interceptor = run(TELLING, (claim, How.OVERTAKEN), strip=condition)
        assert kept == expected
        assert interceptor.stripped
        assert weakened != expected
