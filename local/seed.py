"""The demo centre: who may sign in there, and what it, its owners and their cars are."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.api import Answer, Api
from local.cloud import PROJECT, Cloud
from local.deploy import Deployment
from local.errors import LocalCloudError

CENTRE = "demo-centre"
DEMO = PROJECT / "events" / "owner_journey" / "records" / "demo.jsonl"


@dataclass(frozen=True)
class Person:
    """Someone who may sign in: what the token's `cognito:groups` and custom attributes say of them."""

    name: str
    role: str
    centre_id: str = CENTRE
    owner_id: str = ""
    staff_id: str = ""

    @property
    def attributes(self) -> list[dict[str, str]]:
        """The attributes as Cognito takes them."""
        pairs = {
            "email": f"{self.name}@example.com",
            "email_verified": "true",
            "custom:centre_id": self.centre_id,
            "custom:owner_id": self.owner_id,
            "custom:staff_id": self.staff_id,
        }
        return [{"Name": name, "Value": value} for name, value in pairs.items() if value]


_JSON = {"content-type": "application/json"}

PEOPLE = {
    person.name: person
    for person in (
        Person("owner", "owner", owner_id="owner-1"),
        Person("other-owner", "owner", owner_id="owner-2"),
        # As the demo centre's ladder names them (events/centre_impact/api_put_centre.json).
        Person("advisor", "advisor", staff_id="li-na"),
        Person("manager", "manager", staff_id="zhang-wei"),
        Person("integrator", "integrator"),
        Person("other-manager", "manager", centre_id="other-centre"),
        Person("other-integrator", "integrator", centre_id="other-centre"),
    )
}


def seed(cloud: Cloud, deployment: Deployment) -> None:
    """Create the people who are not there yet."""
    for person in PEOPLE.values():
        add_person(cloud, deployment, person)


def add_person(cloud: Cloud, deployment: Deployment, person: Person) -> None:
    """Let somebody sign in, unless they may already."""
    cognito, pool = cloud.client("cognito-idp"), deployment.outputs["UserPoolId"]
    try:
        cognito.admin_create_user(
            UserPoolId=pool, Username=person.name, UserAttributes=person.attributes, MessageAction="SUPPRESS"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "UsernameExistsException":
            raise
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.name, GroupName=person.role)


def centre_sample() -> dict[str, Any]:
    """The demo centre as it is handed in: hours with a lunch break, holidays, ladder, tariffs."""
    event = json.loads((PROJECT / "events" / "centre_impact" / "api_put_centre.json").read_text())
    centre: dict[str, Any] = json.loads(event["body"])
    return centre


def seed_centre(cloud: Cloud, deployment: Deployment, url: str) -> None:
    """Make the demo centre and its owners known through the API at `url`. Raises LocalCloudError."""
    put_centre(Api(url, sign_in(cloud, deployment, "manager")), centre_sample())
    put_owners(Api(url, sign_in(cloud, deployment, "integrator")))


def put_centre(api: Api, centre: dict[str, Any], centre_id: str = CENTRE) -> None:
    """Make a centre known, on its manager's word; again it changes nothing. Raises LocalCloudError."""
    _accepted(api.call("PUT", f"/centres/{centre_id}", json.dumps(centre).encode(), _JSON), centre_id)


def put_owners(api: Api) -> None:
    """Make the owners of the demo centre known, with cars, visits and consents; again it changes nothing.

    Raises LocalCloudError.
    """
    records = [json.loads(line) for line in DEMO.read_text("utf-8").splitlines()]
    # Owners one by one: only so they are known as soon as that is answered.
    for record in records:
        if record["record"] == "owner":
            owner = {name: value for name, value in record.items() if name != "record"}
            path = f"/owners/{owner['id']}"
            _accepted(api.call("PUT", path, json.dumps(owner).encode(), _JSON), path)
    rest = [record for record in records if record["record"] != "owner"]
    refused = _accepted(api.post("/owner-records", {"records": rest}), "records of the demo centre")["refused"]
    if refused:
        raise LocalCloudError(f"{DEMO.name} was refused in part: {refused}")


def _accepted(answer: Answer, what: str) -> Any:
    if answer.status not in (200, 201, 202):
        raise LocalCloudError(f"The local cloud refused {what} with {answer.status}: {answer.text}")
    return answer.json()


def sign_in(cloud: Cloud, deployment: Deployment, name: str) -> str:
    """The ID token of the person called `name`, good for an hour.

    The ID token and not the access token, since only it carries the custom attributes. The password is new each time
    and kept nowhere.
    """
    cognito, pool = cloud.client("cognito-idp"), deployment.outputs["UserPoolId"]
    password = "Aa1" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(24))
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=deployment.outputs["UserPoolClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["IdToken"])
