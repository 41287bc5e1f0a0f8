"""The page behind an invite: join with the account one has, or with a new one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from chassis.errors import Conflict, InvalidInput, NotFound
from fakts_server.http import browsing
from fakts_server.http.page import code_guesses, login_guesses, page, person, see_other, show, url
from fakts_server.models.joining import Invite
from fakts_server.operations.joining import invite_accept, invite_decline, invite_find
from fakts_server.operations.registration import invite_register


@sensitive_post_parameters()
@page
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to what, and let the person in."""
    found = _find(request, token)
    problem = ""
    if request.method == "POST":
        try:
            return _answer(request, token, found)
        except (InvalidInput, Conflict) as error:
            problem = error.message
    return show(
        request,
        "invite",
        status=400 if problem else 200,
        invite=found,
        roles=sorted(role.identifier for role in found.roles.all()),
        here=request.get_full_path(),
        username=request.POST.get("username", "").strip(),
        problem=problem,
    )


def _find(request: HttpRequest, token: str) -> Invite:
    """Look an invite up; wrong links count as guesses of the address."""
    guesses = code_guesses()
    guesses.check(request, "invite")
    try:
        return invite_find(token)
    except NotFound:
        guesses.count(request, "invite")
        raise


def _answer(request: HttpRequest, token: str, found: Invite) -> HttpResponse:
    decision = request.POST.get("decision", "")
    if request.user.is_authenticated:
        if decision == "decline":
            invite_decline(token=token, user=person(request))
            return show(request, "notice", title=gettext("Declined"))
        invite_accept(token=token, user=person(request))
    else:
        _register(request, token)
    browsing.remember_organization(request, found.organization.slug)
    return see_other(_onward(request))


def _onward(request: HttpRequest) -> str:
    """Where to go after joining: what `next` names on this very site, else one's account."""
    candidate = request.GET.get("next", "")
    inside = url_has_allowed_host_and_scheme(candidate, allowed_hosts=None)
    return candidate if inside and candidate.startswith("/") else url("account/?joined=1")


def _register(request: HttpRequest, token: str) -> None:
    username = request.POST.get("username", "").strip()
    guesses = login_guesses()
    # Whether a name is taken must not be asked without end.
    guesses.check(request, "register")
    if request.POST.get("password", "") != request.POST.get("again", ""):
        raise InvalidInput("The two passwords are not the same.", field="again")
    try:
        user = invite_register(
            token=token, username=username, password=request.POST.get("password", "")
        )
    except Conflict:
        guesses.count(request, "register")
        raise
    browsing.log_in(request, user)
