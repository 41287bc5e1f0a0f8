"""The pages of one's own account: who one is, where one is logged in, which apps and keys act."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied, PlatformError
from fakts_server.domain.errors import InvalidTarget
from fakts_server.http import browsing
from fakts_server.http.page import (
    login_guesses,
    login_required,
    page,
    person,
    see_other,
    show,
    url,
)
from fakts_server.models.organization import Membership
from fakts_server.models.user import User
from fakts_server.operations.audit import by_member
from fakts_server.operations.browser_session import (
    browser_session_end,
    browser_sessions_end_others,
)
from fakts_server.operations.device_code import wish_decide
from fakts_server.operations.mandate import mandate_end, mandate_key_create
from fakts_server.operations.removal import client_take_away
from fakts_server.operations.user import password_change, user_describe
from fakts_server.selectors.account import (
    admin_memberships_of,
    client_of_person,
    clients_of,
    key_of_person,
    keys_of,
    memberships_with_roles,
    sessions_of,
    wishes_for,
)
from fakts_server.selectors.approval import memberships_of
from fakts_server.selectors.instance import default_hub

_DAY = 86_400
#: Days a key may live; what the page offers.
KEY_DAYS = (1, 7, 30, 90, 365)
_FIELDS = ("first_name", "last_name", "email")


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who one is, and in which organizations."""
    user = person(request)
    values = {name: str(getattr(user, name)) for name in _FIELDS}
    problem = ""
    if request.method == "POST":
        values = {name: request.POST.get(name, "").strip() for name in _FIELDS}
        try:
            user_describe(user=user, **values)
            return see_other(url("account/?saved=1"))
        except InvalidInput as error:
            problem = error.message
    return show(
        request,
        "account",
        status=400 if problem else 200,
        tab="account",
        memberships=memberships_with_roles(user),
        values=values,
        wishes=wishes_for(admin_memberships_of(user)),
        problem=problem,
        done=_done(request),
    )


def _done(request: HttpRequest) -> str:
    if "joined" in request.GET:
        return gettext("Welcome. You are a member now.")
    return gettext("Saved.") if "saved" in request.GET else ""


@sensitive_post_parameters()
@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password; every other browser has to log in again."""
    problem: PlatformError | None = None
    if request.method == "POST":
        try:
            _change_password(request, person(request))
            return see_other(url("account/password/?saved=1"))
        except InvalidInput as error:
            problem = error
    return show(
        request,
        "password",
        status=problem.http_status if problem else 200,
        tab="password",
        problem=problem.message if problem else "",
        done=gettext("The password is changed. Other browsers have been logged out.")
        if "saved" in request.GET
        else "",
    )


def _change_password(request: HttpRequest, user: User) -> None:
    guesses = login_guesses()
    guesses.check(request, user.username)
    if not user.check_password(request.POST.get("old", "")):
        guesses.count(request, user.username)
        raise InvalidInput("The present password is wrong.", field="old")
    guesses.forgive(request, user.username)
    if request.POST.get("password", "") != request.POST.get("again", ""):
        raise InvalidInput("The two passwords are not the same.", field="again")
    password_change(user=user, password=request.POST.get("password", ""))
    update_session_auth_hash(request, user)
    browsing.describe(request, user)
    browser_sessions_end_others(user=user, key=browsing.key_of(request))


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is logged in with a browser."""
    user = person(request)
    if request.method == "POST":
        if "others" in request.POST:
            browser_sessions_end_others(user=user, key=browsing.key_of(request))
        else:
            browser_session_end(user=user, uid=request.POST.get("session", ""))
        return see_other(url("account/sessions/"))
    rows = sessions_of(user, browsing.key_of(request))
    return show(request, "sessions", tab="sessions", sessions=rows)


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def apps(request: HttpRequest) -> HttpResponse:
    """Which apps act for one."""
    user = person(request)
    if request.method == "POST":
        client = client_of_person(user, request.POST.get("client", ""))
        assert client.membership is not None
        client_take_away(client=client, who=by_member(client.membership))
        return see_other(url("account/apps/"))
    return show(request, "apps", tab="apps", clients=clients_of(user))


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Keys by which apps log in without a person."""
    user = person(request)
    if request.method == "POST" and "revoke" in request.POST:
        mandate = key_of_person(user, request.POST["revoke"])
        mandate_end(mandate=mandate, who=by_member(mandate.grantor))
        return see_other(url("account/keys/"))
    key, problem = "", ""
    if request.method == "POST":
        try:
            key = _new_key(request, user)
        except InvalidInput as error:
            problem = error.message
    return show(
        request,
        "keys",
        status=400 if problem else 200,
        tab="keys",
        keys=keys_of(user),
        memberships=memberships_of(user),
        days=KEY_DAYS,
        key=key,
        problem=problem,
    )


def _new_key(request: HttpRequest, user: User) -> str:
    slug = request.POST.get("organization", "")
    found = [row for row in memberships_of(user) if row.organization.slug == slug]
    if not found:
        raise NotFound("You are not a member of this organization.")
    days = request.POST.get("days", "")
    if days not in {str(item) for item in KEY_DAYS}:
        raise InvalidInput("Choose how long the key is to work.", field="days")
    label, app = (request.POST.get(name, "").strip() for name in ("label", "app"))
    if max(len(label), len(app)) > 255 or not (label + app).isprintable():
        raise InvalidInput("The name is too long or has unprintable characters.", field="label")
    _, key = mandate_key_create(
        grantor=found[0],
        hub=default_hub(found[0].organization),
        app=app or None,
        expires_seconds=int(days) * _DAY,
        label=label,
    )
    return key


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def requests(request: HttpRequest) -> HttpResponse:
    """Decide, as an admin, about the apps members ask for."""
    memberships = admin_memberships_of(person(request))
    if not memberships:
        raise PermissionDenied()
    problem: PlatformError | None = None
    if request.method == "POST":
        try:
            _decide_wish(request, memberships)
            return see_other(url("account/requests/"))
        except (Conflict, InvalidInput, NotFound, InvalidTarget) as error:
            problem = error
    return show(
        request,
        "requests",
        status=problem.http_status if problem else 200,
        tab="requests",
        wishes=wishes_for(memberships),
        problem=problem.message if problem else "",
    )


def _decide_wish(request: HttpRequest, memberships: list[Membership]) -> None:
    decision = request.POST.get("decision", "")
    if decision not in ("allow", "deny"):
        raise InvalidInput("Choose to allow or to deny.")
    asked = {str(wish.pk): wish.wished_by for wish in wishes_for(memberships)}
    member = asked.get(request.POST.get("wish", ""))
    if member is None:
        raise NotFound("Nobody asks for such a device any more.", field="id")
    admin = next(one for one in memberships if one.organization_id == member.organization_id)
    wish_decide(
        admin=admin,
        who=by_member(admin),
        code_id=request.POST["wish"],
        allow=decision == "allow",
    )
