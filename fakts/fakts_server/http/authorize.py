"""The authorization endpoint: a web app asks to log a person in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from chassis import clock
from chassis.config import current
from chassis.errors import InvalidInput, PlatformError
from fakts_server.adapters import keystore
from fakts_server.config import FaktsConfig
from fakts_server.domain import errors
from fakts_server.domain.authorization import (
    Next,
    Prompt,
    Visit,
    is_challenge,
    next_step,
    origins_of,
    uri_allowed,
    with_answer,
)
from fakts_server.domain.mandate import narrow_scopes
from fakts_server.http import browsing
from fakts_server.http.host import base_of, origin_of
from fakts_server.http.page import login_required, page, person, see_other, show, url
from fakts_server.models.organization import Membership
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.authorization import Login, authorization_grant
from fakts_server.selectors.relying_party import (
    has_consented,
    memberships_for,
    relying_party_get,
)
from fakts_server.selectors.signing_key import public_keys
from fakts_server.wire.openid import AuthorizationQuery

PATH = "o/authorize/"
_UNREADABLE = (
    ("request", errors.RequestNotSupported),
    ("request_uri", errors.RequestUriNotSupported),
    ("registration", errors.RegistrationNotSupported),
)


@dataclass(frozen=True)
class Ask:
    """A request whose web app and return address are known to be right."""

    query: AuthorizationQuery
    party: RelyingParty
    raw: str

    @property
    def prompts(self) -> frozenset[Prompt]:
        """How the person is to be asked; unknown words count for nothing."""
        known = set(Prompt)
        return frozenset(Prompt(word) for word in self.query.prompt.split() if word in known)


@csrf_exempt
@page
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Send the person back with a code, or show what has to happen first."""
    if request.method == "POST":
        # Cookies do not come with a form of another site; the redirect brings them.
        return see_other(f"{url(PATH)}?{request.POST.urlencode()}")
    ask = _read(request, request.META.get("QUERY_STRING", ""))
    try:
        return _step(request, ask)
    except errors.OAuthError as error:
        return _back(request, ask, {"error": error.code, "error_description": error.message})


@page
@login_required
@require_http_methods(["POST"])
def decide(request: HttpRequest) -> HttpResponse:
    """Carry out what the person chose on the page of a web app."""
    ask = _read(request, request.POST.get("asked", ""))
    try:
        _check(ask.query)
        if request.POST.get("decision") != "allow":
            raise errors.AccessDenied("The person did not agree.")
        slug = request.POST.get("organization", "")
        membership = _named(memberships_for(ask.party, person(request)), slug)
        if membership is None:
            raise errors.AccessDenied("The person is not a member of this organization.")
        return _grant(request, ask, membership)
    except errors.OAuthError as error:
        return _back(request, ask, {"error": error.code, "error_description": error.message})


def asker(request: HttpRequest, onward: str) -> Ask | None:
    """Return the request of a web app that a log-in leads on to, if it is one to be trusted."""
    parts = urlsplit(onward)
    if parts.path != url(PATH):
        return None
    try:
        return _read(request, parts.query)
    except PlatformError:
        return None


def targets(request: HttpRequest, ask: Ask) -> list[str]:
    """Return the origins a form may lead on to: those of the web app the person came from.

    Browsers hold the policy of the page with the form against every redirect that follows it.
    """
    return origins_of([ask.query.redirect_uri], origin_of(request).url)


def _read(request: HttpRequest, raw: str) -> Ask:
    """Read a request; until its return address is known to be right, errors stay here."""
    pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=100)
    names = [name for name, _ in pairs]
    fields = dict(pairs)
    try:
        query = AuthorizationQuery.model_validate(fields)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise InvalidInput(f"The parameter {field} cannot be read.", field=field) from None
    party = relying_party_get(query.client_id)
    if party is None:
        raise InvalidInput("The web app that sent you here is not registered.", field="client_id")
    origin = origin_of(request).url
    if not uri_allowed(query.redirect_uri, party.redirect_uris, origin):
        raise InvalidInput(
            "The web app that sent you here did not register the address it wants you back at.",
            field="redirect_uri",
        )
    if len(names) != len(set(names)):
        raise InvalidInput("A parameter was given twice.")
    return Ask(query, party, raw)


def _check(query: AuthorizationQuery) -> None:
    for name, error in _UNREADABLE:
        if getattr(query, name) is not None:
            raise error()
    if not query.response_type:
        raise errors.InvalidRequest("response_type is missing.", field="response_type")
    if query.response_type != "code":
        raise errors.UnsupportedResponseType()
    if query.response_mode not in ("", "query"):
        raise errors.InvalidRequest("Only response_mode=query is offered here.")
    if query.code_challenge_method != "S256" or not is_challenge(query.code_challenge):
        raise errors.InvalidRequest("Send a code_challenge with code_challenge_method=S256 (PKCE).")
    if query.max_age and not (query.max_age.isascii() and query.max_age.isdigit()):
        raise errors.InvalidRequest("max_age must be a number of seconds.", field="max_age")
    if Prompt.NONE in query.prompt.split() and query.prompt.strip() != Prompt.NONE:
        raise errors.InvalidRequest("prompt=none cannot be combined.", field="prompt")


def _step(request: HttpRequest, ask: Ask) -> HttpResponse:
    _check(ask.query)
    memberships = memberships_for(ask.party, person(request)) if _is_known(request) else []
    chosen = _choose(request, ask, memberships)
    step = next_step(
        ask.prompts, _max_age(ask), _visit(request, ask, memberships, chosen), clock.now()
    )
    if Prompt.NONE in ask.prompts and step is not Next.GRANT:
        raise _refusal(step, memberships, chosen)
    if step is Next.LOG_IN:
        return _to_login(request, ask, again=False)
    if step is Next.LOG_IN_AGAIN:
        return _to_login(request, ask, again=True)
    if not memberships:
        return _without_organization(request, ask)
    if step is Next.GRANT and chosen is not None:
        return _grant(request, ask, chosen)
    return show(
        request,
        "consent",
        form_targets=targets(request, ask),
        party=ask.party,
        asked=ask.raw,
        site=urlsplit(ask.query.redirect_uri).netloc or ask.query.redirect_uri,
        scopes=_scope_texts(ask),
        memberships=memberships,
        membership=chosen or memberships[0],
    )


def _visit(
    request: HttpRequest, ask: Ask, memberships: list[Membership], chosen: Membership | None
) -> Visit:
    if not _is_known(request):
        return Visit(is_logged_in=False)
    return Visit(
        is_logged_in=True,
        logged_in_at=browsing.logged_in_at(request),
        is_expected_person=_is_expected(request, ask),
        has_consented=chosen is not None and has_consented(ask.party, chosen, _scopes(ask)),
        has_one_organization=chosen is not None,
    )


def _choose(request: HttpRequest, ask: Ask, memberships: list[Membership]) -> Membership | None:
    """Return the organization the tokens are for, where it is clear without asking."""
    if ask.query.organization:
        named = _named(memberships, ask.query.organization)
        if named is None and memberships:
            raise errors.AccessDenied("The person is not a member of this organization.")
        return named
    last = _named(memberships, browsing.organization_last_used(request))
    if last is not None:
        return last
    if len(memberships) == 1 or (memberships and ask.party.is_builtin):
        return memberships[0]
    return None


def _refusal(
    step: Next, memberships: list[Membership], chosen: Membership | None
) -> errors.OAuthError:
    if step is not Next.ASK:
        return errors.LoginRequired()
    if not memberships:
        return errors.AccessDenied("The person is in no organization this web app is for.")
    return errors.AccountSelectionRequired() if chosen is None else errors.ConsentRequired()


def _to_login(request: HttpRequest, ask: Ask, *, again: bool) -> HttpResponse:
    query = QueryDict(ask.raw, mutable=True)
    if again:
        # Asked once: whoever comes back from the log-in page has just given the password.
        rest = [word for word in ask.query.prompt.split() if word != Prompt.LOGIN]
        query["prompt"] = " ".join(rest)
        query.pop("id_token_hint", None)
        query.pop("max_age", None)
    onward = f"{url(PATH)}?{query.urlencode()}"
    fields = {"next": onward, **({"again": "1"} if again else {})}
    if ask.query.login_hint:
        fields["username"] = ask.query.login_hint
    return HttpResponseRedirect(f"{url('login/')}?{urlencode(fields)}")


def _without_organization(request: HttpRequest, ask: Ask) -> HttpResponse:
    if ask.party.organization_id is not None:
        raise errors.AccessDenied("The person is in no organization this web app is for.")
    return show(request, "no_membership", status=403)


def _grant(request: HttpRequest, ask: Ask, membership: Membership) -> HttpResponse:
    browsing.remember_organization(request, membership.organization.slug)
    code = authorization_grant(
        login=Login(
            party=ask.party,
            membership=membership,
            redirect_uri=ask.query.redirect_uri,
            challenge=ask.query.code_challenge,
            scopes=_scopes(ask),
            nonce=ask.query.nonce,
            logged_in_at=browsing.logged_in_at(request) or clock.now(),
            browser_session=browsing.public_id(request),
        )
    )
    return _back(request, ask, {"code": code})


def _back(request: HttpRequest, ask: Ask, answer: dict[str, str | None]) -> HttpResponse:
    full = {**answer, "state": ask.query.state, "iss": base_of(request)}
    return see_other(with_answer(ask.query.redirect_uri, full))


def _is_known(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


def _is_expected(request: HttpRequest, ask: Ask) -> bool:
    if not ask.query.id_token_hint:
        return True
    claims = keystore.read_id_token(public_keys(), ask.query.id_token_hint) or {}
    is_theirs = claims.get("aud") == ask.party.client_id
    return is_theirs and claims.get("sub") == str(person(request).pk)


def _max_age(ask: Ask) -> timedelta | None:
    if not ask.query.max_age:
        return None
    # Longer than any session lives, and short enough to be counted with.
    return timedelta(seconds=min(int(ask.query.max_age), 10**9))


def _scopes(ask: Ask) -> list[str]:
    known = current(FaktsConfig).scopes
    return narrow_scopes(ask.query.scope.split(), known, ask.party.scopes)


def _scope_texts(ask: Ask) -> list[str]:
    texts = current(FaktsConfig).scopes
    return [texts[scope] for scope in _scopes(ask)]


def _named(memberships: list[Membership], slug: str) -> Membership | None:
    return next((item for item in memberships if item.organization.slug == slug), None)
