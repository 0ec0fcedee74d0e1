"""A small world in memory in which outreach runs: a registry, cases, notices of other rooms, the real table code."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bench.fake_dynamodb import FakeDynamoDb
from functions.recall_outreach.judge_call import judge_call
from functions.recall_outreach.make_task import Desk
from functions.recall_outreach.models import AttemptReport
from functions.recall_outreach.note_change import note_change
from functions.recall_outreach.policies import policies
from functions.recall_outreach.run_centre import Run, run_centre
from functions.recall_outreach.take_report import Taken, take_report
from shared.adapters.notices_table import PersonRecord
from shared.adapters.outreach_table import OutreachTable
from shared.content import load
from shared.domain.cases import Case, State
from shared.domain.centres import Centre
from shared.domain.contact_rules import rules_from
from shared.domain.errors import NotFound
from shared.domain.outreach import Task
from shared.domain.owners import Owner
from shared.domain.vehicles import Holding, contact_due
from tests.unit.recall_outreach.people import NOW, centre

INDEXES = {
    "open_tasks": ("open_pk", "open_sk"),
    "by_month": ("month_pk", "month_sk"),
    "by_owner": ("owner_pk", "owner_sk"),
}


class Registry:
    """Owners and holdings as the registry shows them; who is due is looked for, since there are few."""

    def __init__(self) -> None:
        self.owners: dict[str, Owner] = {}
        self.holdings: dict[tuple[str, str], Holding] = {}

    def put(self, owner: Owner, *holdings: Holding) -> None:
        self.owners[owner.id] = owner
        for holding in holdings:
            self.holdings[owner.id, holding.vin] = holding

    def get_owner(self, owner_id: str) -> Owner:
        if owner_id not in self.owners:
            raise NotFound("nobody")
        return self.owners[owner_id]

    def owner_with_vehicles(self, owner_id: str) -> tuple[Owner, tuple[Holding, ...]]:
        return self.get_owner(owner_id), tuple(h for (whose, _), h in self.holdings.items() if whose == owner_id)

    def due_in_bucket(self, centre_id: str, bucket: int, until: date) -> Sequence[Holding]:  # noqa: ARG002
        found = []
        for holding in self.holdings.values() if bucket == 0 else ():
            due = contact_due(holding, 8)
            if due is not None and due.on <= until:
                found.append(holding)
        return found


class Cases:
    def __init__(self) -> None:
        self.open: set[str] = set()

    def cases_of(self, owner_id: str, limit: int = 50) -> Sequence[Case]:  # noqa: ARG002
        construct: Any = Case.model_construct
        return [construct(state=State.NEW)] if owner_id in self.open else []


class Notices:
    def __init__(self) -> None:
        self.contacts: dict[str, dict[str, tuple[datetime, str]]] = {}

    def find_person(self, person: str) -> PersonRecord:
        return PersonRecord(person, contacts=self.contacts.get(person, {}))


class Outreach:
    """Outreach over these; `now` is the time at which everything happens."""

    def __init__(self, given: Centre | None = None) -> None:
        self.now = NOW
        self.centre = given or centre()
        self.dynamodb = FakeDynamoDb({"Outreach": INDEXES})
        self.tasks = OutreachTable(self.dynamodb, "Outreach")
        self.owners, self.cases, self.notices = Registry(), Cases(), Notices()
        self.rules, self.policies = rules_from(load("contact_rules")["entries"]), policies()
        self.desk = Desk(
            tasks=self.tasks,
            owners=self.owners,
            cases=self.cases,
            notices=self.notices,
            rules=self.rules,
            policies=self.policies,
            assumptions=load("lifetime_value"),
        )

    def run(self) -> Run:
        return run_centre(self.centre, self.owners, self.desk, buckets=range(8), now=self.now)

    def all_tasks(self) -> list[Task]:
        found = self.dynamodb.items["Outreach"]
        return [Task.model_validate_json(item["data"]["S"]) for (_, sk), item in found.items() if sk == "TASK"]

    def open_task(self, owner_id: str) -> Task | None:
        person = self.tasks.get_person(owner_id)
        return self.tasks.get_task(person.open_task) if person.open_task else None

    def report(self, task: Task, outcome: str, by: str = "manager-1", **fields: Any) -> Taken:
        report = AttemptReport.model_validate({"outcome": outcome, **fields})
        return take_report(task, report, centre=self.centre, tasks=self.tasks, judges=self, by=by, now=self.now)

    def judge(self, task: Task, by: str = "manager-1") -> Any:
        return judge_call(task, self, by, self.now)

    def note(self, owner_id: str, vin: str) -> str | None:
        return note_change(owner_id, vin, self, self.now)
