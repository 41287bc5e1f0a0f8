"""`bauhof store ...`: the app store, from looking for an app to removing its container."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from deployment.commands.answers import show, show_list
from deployment.console import (
    HomeOption,
    JsonOption,
    err,
    home_of,
    one_line_errors,
    out,
    print_json,
)
from deployment.engine import AGENT
from deployment.errors import DeploymentError
from deployment.store import approving, shelf
from deployment.store.running import Event, call, reference
from deployment.store.session import Session, session_at, session_elsewhere

store = typer.Typer(no_args_is_help=True, help="Apps: find, approve, install, update, remove them.")

OrganizationOption = Annotated[str, typer.Option("--org", help="Organization it is about.")]
UserOption = Annotated[str, typer.Option("--user", help="Person in whose name it is done.")]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="A platform elsewhere; needs --key-file.")
]
KeyFileOption = Annotated[
    Path | None, typer.Option("--key-file", help="File with a key for a platform elsewhere.")
]
BackendOption = Annotated[
    str | None, typer.Option("--backend", help="Where; needed if there are several.")
]
AppArgument = Annotated[str, typer.Argument(metavar="APP[:VERSION]", help="As `search` shows it.")]
PodArgument = Annotated[
    str, typer.Argument(metavar="APP|ID", help="An app that is installed, or an id of `list`.")
]


class Visit:
    """One command at the store: who is there, and how it is answered."""

    def __init__(self, session: Session, *, as_json: bool) -> None:
        self.session = session
        self.as_json = as_json

    def show(self, result: Any, sentence: str) -> None:
        """Print the result for programs, the sentence for people."""
        show(result, sentence, as_json=self.as_json)

    def show_list(self, rows: list[shelf.Row]) -> None:
        """Print rows."""
        show_list(rows, as_json=self.as_json)

    def call(self, backend: shelf.Row, interface: str, **args: Any) -> Any:
        """Call an action of a deployer, with a bar that tells how far it is."""
        with _bar() as told:
            return call(self.session, backend, interface, told, **args)

    def on_pod(self, word: str, interface: str, **args: Any) -> shelf.Row:
        """Call an action about a pod."""
        pod = shelf.pod(self.session, word)
        self.call(pod["backend"], interface, pod=reference("pod", pod["id"]), **args)
        return pod


@store.callback()
def stores() -> None:
    """Apps: find, approve, install, update, remove them."""


def _command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function of a visit a command, with the options all commands here have."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            shared = {key: given.pop(key) for key in inspect.signature(_visit).parameters}
            with _visit(**shared) as visit:
                function(visit, **given)

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        common = list(inspect.signature(_visit, eval_str=True).parameters.values())
        keywords = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own + common]
        vars(run)["__signature__"] = inspect.Signature(keywords)
        run.__doc__ = function.__doc__
        store.command(name)(run)
        return function

    return decorate


@contextmanager
def _visit(
    organization: OrganizationOption = "default",
    username: UserOption = "admin",
    url: UrlOption = None,
    key_file: KeyFileOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> Iterator[Visit]:
    with one_line_errors(as_json=json):
        if url is None:
            entered = session_at(home_of(home), organization=organization, username=username)
        elif key_file is None:
            raise DeploymentError("a platform elsewhere needs --key-file", field="key-file")
        else:
            entered = session_elsewhere(url, key_file)
        with entered as session:
            yield Visit(session, as_json=json)


@_command("search")
def search(
    visit: Visit,
    words: Annotated[list[str] | None, typer.Argument(help="Of an app or an action.")] = None,
) -> None:
    """List releases, the newest first, by their own words and by the actions they bring."""
    visit.show_list(shelf.search(visit.session, " ".join(words or ())))


@_command("show")
def show_release(visit: Visit, app: AppArgument) -> None:
    """Show what an app wants and brings, and where it would run."""
    found = shelf.details(visit.session, shelf.release(visit.session, app)["id"])
    if visit.as_json:
        print_json(found)
        return
    for line in _told(found):
        out.print(Text(line))


@_command("import")
def take_in(
    visit: Visit,
    source: Annotated[str, typer.Argument(help="github:user/repo[:branch] or oci:host/repo.")],
) -> None:
    """Take a source of apps in, or read it again."""
    result = shelf.take_in(visit.session, source)
    problems = "".join(f"\n{one['image']}: {one['message']}" for one in result["problems"])
    visit.show(result, f"{result['name']}: {result['releases']} releases{problems}")


@_command("approve")
def approve(
    visit: Visit,
    app: AppArgument,
    agent: Annotated[str, typer.Option("--for", help="The deployer that may run it.")] = AGENT,
    grant: Annotated[
        list[str] | None,
        typer.Option(help="Grant what it asks for: name, or name=folder[:rw]. Repeatable."),
    ] = None,
    decline: Annotated[
        list[str] | None, typer.Option(help="Decline what it asks for. Repeatable.")
    ] = None,
) -> None:
    """Let a deployer run a release in your name; what it may do is what you may do."""
    release = shelf.release(visit.session, app)
    consents = approving.consents_of(grant or [], decline or [])
    made = approving.approve(visit.session, release, agent, consents)
    visit.show(made, f"{release['name']} may be run by {agent}")


@_command("revoke")
def revoke(visit: Visit, app: AppArgument) -> None:
    """Take the approvals of a release back: its containers stop, its keys end."""
    release = shelf.release(visit.session, app)
    ended = approving.revoke(visit.session, release)
    visit.show({"revoked": ended}, f"{release['name']}: {len(ended)} approvals revoked")


@_command("list")
def list_pods(visit: Visit) -> None:
    """List what is installed, and whether there is something newer."""
    visit.show_list([shelf.pod_summary(row) for row in shelf.pods(visit.session)])


@_command("install")
def install(visit: Visit, app: AppArgument, backend: BackendOption = None) -> None:
    """Start the build of an approved release that fits best."""
    release = shelf.release(visit.session, app)
    where = shelf.backend(visit.session, backend)
    pod = visit.call(where, "deploy", release=reference("release", release["id"]))
    _show_pod(visit, shelf.pod_of(pod), "is installed")


@_command("update")
def update(
    visit: Visit,
    app: PodArgument,
    to: Annotated[str | None, typer.Option(help="A version; else the newest.")] = None,
) -> None:
    """Replace an installed app by another release; its data stays."""
    pod = shelf.pod(visit.session, app)
    deployment = pod["deployment"]
    newer = deployment["availableUpdate"]
    if to is not None:
        identifier = deployment["release"]["app"]["identifier"]
        newer = shelf.release(visit.session, f"{identifier}:{to}")
    if newer is None:
        raise DeploymentError("there is nothing newer", hint="--to names a version.", field="to")
    _replace(visit, pod, newer)


@_command("back")
def back(visit: Visit, app: PodArgument) -> None:
    """Go back to the release that ran before the last update; its data stays."""
    pod = shelf.pod(visit.session, app)
    before = pod["deployment"]["previous"]
    if before is None:
        raise DeploymentError("nothing ran before it", hint="`store update --to` goes anywhere.")
    _replace(visit, pod, before["release"])


def _replace(visit: Visit, pod: shelf.Row, release: shelf.Row) -> None:
    made = visit.call(
        pod["backend"],
        "update",
        pod=reference("pod", pod["id"]),
        release=reference("release", release["id"]),
    )
    _show_pod(visit, shelf.pod_of(made), "is installed")


@_command("start")
def start(visit: Visit, app: PodArgument) -> None:
    """Start what was stopped or failed."""
    _show_pod(visit, visit.on_pod(app, "start")["id"], "runs")


@_command("stop")
def stop(visit: Visit, app: PodArgument) -> None:
    """Stop a container; it can be started again."""
    _show_pod(visit, visit.on_pod(app, "stop")["id"], "is stopped")


@_command("restart")
def restart(visit: Visit, app: PodArgument) -> None:
    """Stop and start a container."""
    _show_pod(visit, visit.on_pod(app, "restart")["id"], "runs")


@_command("remove")
def remove(
    visit: Visit,
    app: PodArgument,
    with_data: Annotated[bool, typer.Option("--with-data", help="Its data as well.")] = False,
) -> None:
    """Remove a container and its key."""
    pod = visit.on_pod(app, "remove", with_data=with_data)
    visit.show(shelf.pod_summary(pod), f"{app} is removed")


@_command("logs")
def logs(
    visit: Visit,
    app: PodArgument,
    lines: Annotated[int, typer.Option(min=0, max=10_000, help="Of what was written.")] = 100,
    kept: Annotated[
        bool, typer.Option("--kept", help="All that is kept, of removed containers as well.")
    ] = False,
) -> None:
    """Follow what a container writes until Ctrl-C; of one that ended, what was kept."""
    if kept:
        _show_kept(visit, app)
        return
    pod = shelf.pod(visit.session, app)
    if pod["status"] != "RUNNING":
        text = (pod["latestLogDump"] or {}).get("logs", "")
        visit.show({"logs": text}, text or "nothing was kept")
        return

    def told(event: Event) -> None:
        if event["kind"] == "YIELD":
            line = (event["returns"] or {}).get("return0", "")
            show({"line": line}, line, as_json=visit.as_json)

    words = {"pod": reference("pod", pod["id"]), "lines": lines}
    call(visit.session, pod["backend"], "follow_logs", told, **words)


def _show_kept(visit: Visit, app: str) -> None:
    """Print what is kept of an app's output, each piece under the container and its time."""
    pieces = shelf.kept_logs(visit.session, app)
    if not pieces:
        raise shelf.missing(
            f"nothing is kept of {app}", "What ends or is removed from now on will be."
        )
    for piece in pieces:
        head = f"--- {piece['version']}, {piece['container'][:12]}, {piece['createdAt']}"
        show(piece, f"{head}\n{piece['logs'].rstrip()}", as_json=visit.as_json)


def _show_pod(visit: Visit, pod_id: str, what: str) -> None:
    summary = shelf.pod_summary(shelf.pod(visit.session, pod_id))
    visit.show(summary, f"{summary['app']} {summary['version']} {what} ({summary['id']})")


@contextmanager
def _bar() -> Iterator[Callable[[Event], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    # What is piped to a file needs no bar, and no empty line where it was.
    hidden = not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=hidden) as progress:
        shown = progress.add_task("waiting", total=100)

        def told(event: Event) -> None:
            if event["kind"] == "PROGRESS":
                text = event["message"] or "working"
                progress.update(shown, completed=event["progress"] or 0, description=text)

        yield told


def _told(found: shelf.Row) -> Iterator[str]:
    """What people read of a release."""
    release = found["release"]
    yield f"{release['app']['identifier']} {release['version']}, by {release['author']}"
    if release["description"]:
        yield release["description"]
    yield f"approval: {shelf.approval_word(release)}"
    yield f"may: {', '.join(release['scopes']) or 'nothing by itself'}"
    misfits = {one["flavour"]["id"]: one["reasons"] for one in found["matchFlavours"]["misfits"]}
    for flavour in release["flavours"]:
        yield f"build {flavour['name']}: {flavour['image']['imageString']}"
        for need in flavour["capabilities"]:
            yield f"  asks for {need['name']} ({need['kind']})"
        for action in flavour["definitions"]:
            yield f"  {action['name']}: {action['description'] or ''}".rstrip(": ")
        for reason in misfits.get(flavour["id"], ()):
            yield f"  does not fit: {reason}"
