"""What is in the store and what runs: finding it by the words a person types."""

from __future__ import annotations

from typing import Any

from deployment.errors import CommandRefused, DeploymentError
from deployment.store.session import Session

Row = dict[str, Any]
_PAGE = 50
_RELEASE = """
  id version name description author releasedAt approvalDigest mandateManifest
  app { id identifier }
  approvals { id agent isActive isStale revokedAt mandateId }
"""
_SEARCH = (
    "query Search($words: String, $page: Int!) { releases(filters: {search: $words}, "
    "ordering: [{releasedAt: DESC}], pagination: {limit: $page}) {" + _RELEASE + "} }"
)
_ACTIONS = """
query Actions($words: String, $page: Int!) {
  definitions(filters: {search: $words}, pagination: {limit: $page}) {
    name flavours(pagination: {limit: 5}) { release { id } }
  }
}
"""
_OF_APP = (
    "query OfApp($identifier: String!, $page: Int!) { releases(filters: {identifier: $identifier}, "
    "ordering: [{releasedAt: DESC}], pagination: {limit: $page}) {" + _RELEASE + "} }"
)
_DETAILS = (
    "query Details($id: ID!) { release(id: $id) {"
    + _RELEASE
    + """ scopes
  flavours {
    id name description platforms capabilities image { imageString }
    selectors { kind required }
    definitions { name description }
    requirements { key service optional }
  } } matchFlavours(release: $id) {
    explanation fits { flavour { id } resource { id } } misfits { flavour { id } reasons }
  } }"""
)
_PODS = """
query Pods($page: Int!, $offset: Int!) {
  pods(pagination: {limit: $page, offset: $offset}) {
    id status podId createdAt
    backend { id name clientId isOnline }
    latestLogDump { logs }
    deployment {
      id availableUpdate { id version }
      previous { release { id version } }
      release { id version app { identifier } }
    }
  }
}
"""
_KEPT = """
query Kept($word: String!, $page: Int!, $offset: Int!) {
  deployments(
    filters: {search: $word}, ordering: [{createdAt: DESC}],
    pagination: {limit: $page, offset: $offset}
  ) {
    id release { version app { identifier } }
    logDumps(pagination: {limit: 1000}) { id container createdAt logs }
  }
}
"""
#: How a backend comes back; one that was just started is there in a moment.
START_ENGINE = (
    "Start it: `bauhof engine docker`; in containers it is the profile `engine`, see "
    "`bauhof compose status`. One that was just started needs a moment."
)
_BACKENDS = "{ backends { id name kind clientId isOnline } }"
_GIT = """
mutation Take($user: String!, $repo: String!, $branch: String!, $name: String!) {
  createGithubRepo(input: {
    user: $user, repo: $repo, branch: $branch, name: $name, autoScan: true
  }) { id name lastError flavours { release { id } } problems { image message } }
}
"""
_OCI = """
mutation Take($reference: String!) {
  importRepo(input: {reference: $reference}) {
    id name lastError flavours { release { id } } problems { image message }
  }
}
"""


def split(word: str) -> tuple[str, str | None]:
    """Return app and version of `app` or `app:version`."""
    identifier, _, version = word.partition(":")
    return identifier, version or None


def search(session: Session, words: str | None) -> list[Row]:
    """Return releases by their own words, then those that bring an action of these words."""
    given = {"words": words or None, "page": _PAGE}
    found = {row["id"]: row for row in session.ask("kabinet", _SEARCH, **given)["releases"]}
    bringing: dict[str, list[str]] = {}
    if words:
        for action in session.ask("kabinet", _ACTIONS, **given)["definitions"]:
            for flavour in action["flavours"]:
                bringing.setdefault(flavour["release"]["id"], []).append(action["name"])
    for identifier in bringing.keys() - found.keys():
        found[identifier] = details(session, identifier)["release"]
    return [
        summary(row) | ({"actions": sorted(set(bringing.get(key, ())))} if words else {})
        for key, row in found.items()
    ]


def summary(row: Row) -> Row:
    """Return what a list shows of a release."""
    return {
        "app": row["app"]["identifier"],
        "version": row["version"],
        "description": row["description"],
        "approval": approval_word(row),
        "id": row["id"],
    }


def approval_word(row: Row) -> str:
    """Tell whether a release is approved."""
    if any(one["isActive"] for one in row["approvals"]):
        return "approved"
    if any(one["isStale"] and not one["revokedAt"] for one in row["approvals"]):
        return "stale"
    return "none"


def release(session: Session, word: str) -> Row:
    """Return the release `app:version`, or the newest of `app`."""
    identifier, version = split(word)
    found = session.ask("kabinet", _OF_APP, identifier=identifier, page=_PAGE)["releases"]
    for row in found:
        if version in (None, row["version"]):
            return dict(row)
    if found:
        known = ", ".join(row["version"] for row in found)
        raise missing(f"{identifier} has no release {version}", f"There are: {known}.")
    raise missing(
        f"{identifier} is not in the store",
        "`bauhof store search` lists what is; `bauhof store import` takes a source in.",
    )


def details(session: Session, release_id: str) -> Row:
    """Return all about one release, and where it would run."""
    return dict(session.ask("kabinet", _DETAILS, id=release_id))


def pods(session: Session) -> list[Row]:
    """Return all pods of the organization."""
    found: list[Row] = []
    while True:
        page = session.ask("kabinet", _PODS, page=_PAGE, offset=len(found))["pods"]
        found += page
        if len(page) < _PAGE:
            return found


def pod(session: Session, word: str) -> Row:
    """Return the one pod that a word names: its id, its app, or `app:version`."""
    identifier, version = split(word)
    found = [
        row
        for row in pods(session)
        if row["id"] == word
        or (
            row["deployment"]["release"]["app"]["identifier"] == identifier
            and version in (None, row["deployment"]["release"]["version"])
        )
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise missing(f"nothing of {word} is installed", "`bauhof store list` shows what is.")
    ids = ", ".join(row["id"] for row in found)
    raise DeploymentError(f"{word} runs more than once", hint=f"Name one by its id: {ids}.")


def kept_logs(session: Session, word: str) -> list[Row]:
    """Return what is kept of the output of an app's containers, oldest first, removed ones too."""
    identifier, version = split(word)
    found: list[Row] = []
    offset = 0
    while True:
        page = session.ask("kabinet", _KEPT, word=identifier, page=_PAGE, offset=offset)
        rows = page["deployments"]
        for row in rows:
            release = row["release"]
            if release["app"]["identifier"] == identifier and version in (None, release["version"]):
                found += [{**dump, "version": release["version"]} for dump in row["logDumps"]]
        offset += len(rows)
        if len(rows) < _PAGE:
            return sorted(found, key=lambda dump: int(dump["id"]))


def pod_summary(row: Row) -> Row:
    """Return what a list shows of a pod."""
    deployment = row["deployment"]
    newer = deployment["availableUpdate"]
    return {
        "id": row["id"],
        "app": deployment["release"]["app"]["identifier"],
        "version": deployment["release"]["version"],
        "status": row["status"],
        "backend": row["backend"]["name"],
        "update": newer["version"] if newer else None,
    }


def backend(session: Session, name: str | None) -> Row:
    """Return the backend a person names, or the only one that is there."""
    known = session.ask("kabinet", _BACKENDS)["backends"]
    found = [row for row in known if name in (None, row["name"], row["id"])]
    online = [row for row in found if row["isOnline"]]
    if len(online) == 1:
        return dict(online[0])
    if online:
        names = ", ".join(row["name"] for row in online)
        raise DeploymentError("more than one backend is there", hint=f"--backend: {names}.")
    if found:
        raise missing(f"backend {found[0]['name']} is away", START_ENGINE)
    if known:
        names = ", ".join(row["name"] for row in known)
        raise missing(f"there is no backend {name}", f"--backend: {names}.")
    raise missing("no backend is there to run it", START_ENGINE)


def missing(message: str, hint: str) -> CommandRefused:
    """Return the error of what is not there, with the way out."""
    error = CommandRefused(message, code="NOT_FOUND")
    error.hint = hint
    return error


def take_in(session: Session, source: str) -> Row:
    """Import a source; what came of it."""
    kind, _, rest = source.partition(":")
    if kind in ("github", "git"):
        where, _, branch = rest.partition(":")
        user, _, repo = where.partition("/")
        if not (user and repo):
            raise DeploymentError(
                f"{source} names no repository", hint="Write github:user/repo.", field="source"
            )
        given = {"user": user, "repo": repo, "branch": branch or "main", "name": where}
        found = session.ask("kabinet", _GIT, **given)["createGithubRepo"]
    else:
        found = session.ask("kabinet", _OCI, reference=source.removeprefix("oci:"))["importRepo"]
    if found["lastError"]:
        error = CommandRefused(
            f"{found['name']} cannot be read: {found['lastError']}", code="SOURCE_UNREADABLE"
        )
        error.hint = "It is kept and tried again by itself; the same command tries it at once."
        raise error
    releases = {flavour["release"]["id"] for flavour in found["flavours"]}
    kept = {key: found[key] for key in ("id", "name", "problems")}
    return {**kept, "releases": len(releases)}


def pod_of(returned: Any) -> str:
    """Return the id of the pod an action returned."""
    value = (returned or {}).get("return0")
    return str(value["object"] if isinstance(value, dict) else value)
