"""Who may do what: roles, and whose things they reach."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.errors import NotAllowed


class Role(StrEnum):
    """The roles that a token can carry."""

    OWNER = "owner"
    ADVISOR = "advisor"
    MANAGER = "manager"
    INTEGRATOR = "integrator"


STAFF = frozenset({Role.ADVISOR, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as their token says: staff and integrators belong to one centre."""

    subject: str
    roles: frozenset[Role]
    owner_id: str | None
    centre_id: str | None
    staff_id: str | None = None
    """Who they are on the ladder of their centre."""

    @property
    def acts_as(self) -> str:
        """The id under which a record names them: that of the ladder, where they are on one."""
        return self.staff_id or self.subject

    def require(self, *roles: Role) -> None:
        """Raises NotAllowed unless the caller has one of these roles."""
        if not self.roles.intersection(roles):
            raise NotAllowed("your role may not do this")

    def works_for(self, centre_id: str) -> bool:
        """Whether the caller acts for this centre."""
        of_centre = self.roles & {Role.ADVISOR, Role.MANAGER, Role.INTEGRATOR}
        return bool(of_centre) and self.centre_id == centre_id

    def owns(self, owner_id: str | None) -> bool:
        """Whether this belongs to the caller as an owner."""
        return Role.OWNER in self.roles and owner_id is not None and self.owner_id == owner_id

    def require_sight_of(self, *, owner_id: str | None, centre_id: str) -> None:
        """Raises NotAllowed unless it is the caller's own or their centre's."""
        if not (self.owns(owner_id) or self.works_for(centre_id)):
            raise NotAllowed("this belongs to somebody else")

    def own_centre(self) -> str:
        """The caller's centre. Raises NotAllowed when the token names none."""
        if self.centre_id is None:
            raise NotAllowed("your token names no centre")
        return self.centre_id
