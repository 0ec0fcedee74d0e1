"""People of the demo centre, and how to sign in as one of them."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

from botocore.exceptions import ClientError

from local.cloud import Cloud
from local.deploy import Deployment

CENTRE = "demo-centre"


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
    cognito, pool = cloud.client("cognito-idp"), deployment.outputs["UserPoolId"]
    for person in PEOPLE.values():
        try:
            cognito.admin_create_user(
                UserPoolId=pool, Username=person.name, UserAttributes=person.attributes, MessageAction="SUPPRESS"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "UsernameExistsException":
                raise
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.name, GroupName=person.role)


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
