"""How much is kept, and how much may be: by the organization, by oneself, by everybody."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from chassis.config import current
from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.permissions import authorize
from mikro_server.config import MikroConfig
from mikro_server.models import Quota, Usage, User
from mikro_server.selectors.scope import RULES

#: Rules of quotas are registered with those of reading.
REGISTERED = RULES


@dataclass(frozen=True, slots=True)
class Holding:
    """What somebody keeps, and the limits on it; without a user it is the organization."""

    user: User | None
    used_bytes: int
    #: Set by an admin of the organization.
    set_bytes: int | None
    #: Set for the whole installation.
    installation_bytes: int | None

    @property
    def limit_bytes(self) -> int | None:
        """What holds."""
        return least(self.set_bytes, self.installation_bytes)


def least(*limits: int | None) -> int | None:
    """Return the least of the limits there are."""
    return min((limit for limit in limits if limit is not None), default=None)


def holdings(principal: Principal | None, *, everybody: bool = False) -> list[Holding]:
    """Return the organization and the caller, or everybody: who keeps most comes first."""
    who = authorize(principal, "storage.manage" if everybody else "imaging.read")
    config = current(MikroConfig).quota
    used = Usage.objects.filter(organization_id=who.organization).select_related("user")
    own = Quota.objects.filter(organization_id=who.organization)
    limits: dict[str | None, int] = dict(own.values_list("user_id", "limit_bytes"))
    rows = list(used.order_by("-stored_bytes", "user_id"))
    total = sum(row.stored_bytes for row in rows)
    house = Holding(None, total, limits.get(None), config.organization_bytes)
    if not everybody:
        rows = [row for row in rows if row.user_id == who.subject]
    people = [
        Holding(row.user, row.stored_bytes, limits.get(row.user_id), config.user_bytes)
        for row in rows
    ]
    if all(row.user_id != who.subject for row in rows):
        me = User(id=who.subject, preferred_username=who.username)
        people.append(Holding(me, 0, limits.get(who.subject), config.user_bytes))
    return [house, *people]


def holding_of(principal: Principal | None, user: str | None) -> Holding:
    """Return the organization, or a person who keeps something in it; raise `NotFound`."""
    for one in holdings(principal, everybody=True):
        if (None if one.user is None else one.user.pk) == user:
            return one
    raise NotFound()


def kept_by_all() -> tuple[int, int]:
    """Return bytes and stores of the whole installation: sums of the ledger, of nobody's own."""
    sums = Usage.objects.aggregate(size=Sum("stored_bytes"), count=Sum("stores"))
    return sums["size"] or 0, sums["count"] or 0
