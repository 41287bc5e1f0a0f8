"""The pages people see: set-up, log in, enter a code, decide about a device."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from chassis.errors import Conflict, InvalidInput, NotFound, PlatformError
from chassis.logs import get_logger
from fakts_server.domain.errors import AdminAsked, OAuthError
from fakts_server.domain.requirement import GrantStatus
from fakts_server.domain.secret import digest, normalize_user_code
from fakts_server.http import browsing
from fakts_server.http.authorize import asker, targets
from fakts_server.http.page import (
    code_guesses,
    login_guesses,
    login_required,
    page,
    person,
    safe_next,
    sealed,
    show,
    url,
)
from fakts_server.models.credential import DeviceCode
from fakts_server.models.organization import Membership
from fakts_server.operations.device_code import device_code_approve, device_code_deny
from fakts_server.operations.user import setup_link_use
from fakts_server.selectors.approval import (
    approval_for,
    memberships_of,
    outcome_for,
    setup_link_user,
)
from fakts_server.selectors.device_code import device_code_get
from fakts_server.selectors.instance import hub_or_default, usable_instance
from fakts_server.wire.manifest import ManifestBody

logger = get_logger(__name__)

_LONGEST_NAME = 255
#: How the field is called by which a person picks the instance for a key.
_CHOICE = "instance:"
_RESULT_STATUS = {"gone": 404, "expired": 410}


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that was not sent from our page, or too late."""
    logger.info("refused a form: %s", reason, extra={"event": "page.csrf_failed"})
    text = "The form has expired. Go back, reload the page and send it again."
    return sealed(show(request, "problem", status=403, reason=text))


@sensitive_post_parameters()
@page
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the first admin's password, once."""
    user = setup_link_user(digest(token))
    if user is None:
        raise NotFound("This link has been used already or has expired.")
    problem = ""
    if request.method == "POST":
        password = request.POST.get("password", "")
        try:
            if password != request.POST.get("again", ""):
                raise InvalidInput("The two passwords are not the same.")
            user = setup_link_use(token=token, password=password)
        except InvalidInput as error:
            problem = error.message
        else:
            browsing.log_in(request, user)
            return HttpResponseRedirect(url("configure/"))
    status = 400 if problem else 200
    return show(request, "setup", status=status, person=user, problem=problem)


@sensitive_post_parameters()
@page
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Log in with name and password, and go back to where one came from."""
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    username = (request.POST.get("username") or request.GET.get("username", "")).strip()[:150]
    problem = ""
    if request.method == "POST":
        guesses = login_guesses()
        guesses.check(request, username)
        user = None
        if "\0" not in username:
            user = auth.authenticate(
                request, username=username, password=request.POST.get("password", "")
            )
        if user is not None:
            guesses.forgive(request, username)
            browsing.log_in(request, user)
            logger.info("a person logged in", extra={"event": "session.started"})
            return HttpResponseRedirect(onward)
        guesses.count(request, username)
        logger.info("a log-in failed", extra={"event": "session.refused"})
        problem = "The user name or the password is wrong."
    elif request.user.is_authenticated and "again" not in request.GET:
        return HttpResponseRedirect(onward)
    ask = asker(request, onward)
    return show(
        request,
        "login",
        status=403 if problem else 200,
        form_targets=targets(request, ask) if ask else (),
        # The platform's own pages need no naming.
        party=ask.party if ask and not ask.party.is_builtin else None,
        next=onward,
        problem=problem,
        username=username,
    )


@page
@require_http_methods(["POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """End the browser session."""
    auth.logout(request)
    return HttpResponseRedirect(url("login/"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the page for codes; clients show people the bare addresses that come here."""
    return HttpResponseRedirect(url("configure/"))


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Type the code a device shows."""
    if request.method != "POST":
        return show(request, "enter_code")
    typed = request.POST.get("user_code", "")
    code = _find(request, typed)
    if code is None:
        return _unknown_code(request, typed)
    return HttpResponseRedirect(url(f"configure/{code.user_code}"))


@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def configure(request: HttpRequest, user_code: str) -> HttpResponse:
    """Decide about the device of a code."""
    code = _find(request, user_code)
    if code is None:
        return _unknown_code(request, user_code)
    outcome = outcome_for(code, person(request))
    withdraws = outcome == "asked" and request.POST.get("decision") == "deny"
    if outcome != "waiting" and not withdraws:
        return _result(request, code, outcome)
    memberships = memberships_of(person(request))
    if not memberships:
        return show(request, "no_membership", status=403)
    if request.method != "POST":
        return _ask(request, code, memberships)
    return _decide(request, code, memberships)


def _decide(request: HttpRequest, code: DeviceCode, memberships: list[Membership]) -> HttpResponse:
    membership = _chosen(memberships, request.POST.get("organization", ""))
    if membership is None:
        raise NotFound("You are not a member of this organization.")
    try:
        if request.POST.get("decision") == "allow":
            _allow(request, code, membership)
        elif request.POST.get("decision") == "deny":
            device_code_deny(user_code=code.user_code, membership=membership)
        else:
            raise InvalidInput("Choose to allow or to deny.")
    except AdminAsked:
        logger.info("an admin is asked", extra={"event": "device_code.wished"})
    except (Conflict, InvalidInput, OAuthError) as error:
        return _ask(request, code, memberships, problem=error)
    # The address shows what became of the code, so reloading repeats nothing.
    return HttpResponseRedirect(url(f"configure/{code.user_code}"))


def _allow(request: HttpRequest, code: DeviceCode, membership: Membership) -> None:
    name = request.POST.get("device_name", "").strip()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("The name of the device is too long or has unprintable characters.")
    kept = set(request.POST.getlist("keep"))
    manifest = ManifestBody.model_validate(code.manifest)
    optional = {item.key for item in manifest.requirements if item.optional}
    hub = request.POST.get("hub")
    device_code_approve(
        user_code=code.user_code,
        membership=membership,
        declined=frozenset(optional - kept),
        device_name=name,
        hub=hub_or_default(membership.organization, hub) if hub else None,
        choices={
            field.removeprefix(_CHOICE): usable_instance(membership, value)
            for field, value in request.POST.items()
            if field.startswith(_CHOICE)
        },
    )


def _ask(
    request: HttpRequest,
    code: DeviceCode,
    memberships: list[Membership],
    problem: PlatformError | None = None,
) -> HttpResponse:
    wanted = request.POST.get("organization") or request.GET.get("organization", "")
    membership = _chosen(memberships, wanted) or memberships[0]
    hub = request.POST.get("hub") or request.GET.get("hub") or None
    return show(
        request,
        "approve",
        status=problem.http_status if problem else 200,
        code=code,
        approval=approval_for(code, membership, hub),
        membership=membership,
        memberships=memberships,
        problem=problem.message if problem else "",
    )


def _result(request: HttpRequest, code: DeviceCode, outcome: str) -> HttpResponse:
    known = outcome in ("done", "denied", "asked")
    statuses = code.client.statuses.items() if outcome == "done" and code.client else ()
    return show(
        request,
        "result",
        status=_RESULT_STATUS.get(outcome, 200),
        outcome=outcome,
        code=code,
        manifest=code.manifest if known else None,
        declined=[key for key, status in statuses if status == GrantStatus.DENIED],
        unavailable=[key for key, status in statuses if status == GrantStatus.UNAVAILABLE],
    )


def _chosen(memberships: list[Membership], slug: str) -> Membership | None:
    return next((item for item in memberships if item.organization.slug == slug), None)


def _find(request: HttpRequest, typed: str) -> DeviceCode | None:
    """Look a code up; wrong ones count as guesses, for the person and the address."""
    guesses = code_guesses()
    account = person(request).username
    guesses.check(request, account)
    code = device_code_get(typed)
    if code is None:
        guesses.count(request, account)
    return code


def _unknown_code(request: HttpRequest, typed: str) -> HttpResponse:
    shown = normalize_user_code(typed) or typed[:20]
    return show(
        request,
        "enter_code",
        status=404,
        user_code=shown,
        problem="This code is not known. Check it against what the app shows.",
    )
