"""A store with one row that has many of everything, written without any operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis import clock
from kabinet_server import models

CELLS = "org.example.cells"


@dataclass(frozen=True)
class Crowd:
    """The one row of each noun that many others hang on."""

    app: models.App
    release: models.Release
    flavour: models.Flavour
    definition: models.Definition
    github_repo: models.GithubRepo
    oci_repo: models.OciRepo
    backend: models.Backend
    resource: models.Resource
    deployment: models.Deployment
    pod: models.Pod
    approval: models.ReleaseApproval


def _definition(organization: str, number: int) -> models.Definition:
    return models.Definition(
        organization_id=organization,
        hash=f"{number:064d}",
        key=f"key{number}",
        version="1",
        name=f"Name {number:04d}",
        kind="FUNCTION",
    )


def _people(organization: str, count: int) -> None:
    models.Organization.objects.get_or_create(id=organization, defaults={"slug": organization})
    models.User.objects.get_or_create(id="1", defaults={"username": "ada"})
    models.Client.objects.bulk_create(
        [models.Client(id=f"client-{number}") for number in range(count)], ignore_conflicts=True
    )


def _many(model: Any, count: int, **same: Any) -> list[Any]:
    """Write rows; a value that is callable is called with the number of the row."""

    def row(number: int) -> Any:
        return model(**{k: v(number) if callable(v) else v for k, v in same.items()})

    return list(model.objects.bulk_create([row(number) for number in range(count)]))


def crowd(count: int, organization: str = "1") -> Crowd:
    """Write `count` rows below each of the rows that are returned."""
    now = clock.now()
    _people(organization, count)
    own = {"organization_id": organization}
    repo = models.GithubRepo.objects.create(
        **own, name="ada/cells", user="ada", repo="cells", branch="main"
    )
    oci = models.OciRepo.objects.create(
        **own, name="cells", registry="ghcr.io", repository="ada/cells"
    )
    app = models.App.objects.create(**own, identifier=CELLS)
    release, *_ = _many(
        models.Release,
        count,
        **own,
        app=app,
        version=lambda n: f"1.0.{n}",
        approval_digest="sha256:now",
        released_at=now,
    )
    flavour, *_ = flavours = _many(
        models.Flavour,
        count,
        **own,
        release=release,
        name=lambda n: f"flavour-{n:04d}",
        image_string="r.example.org/a@sha256:1",
        built_at=now,
        github_repo=repo,
        oci_repo=oci,
    )
    definition, *_ = definitions = models.Definition.objects.bulk_create(
        [_definition(organization, number) for number in range(count)]
    )
    _links(own, count, flavours, definitions)
    backend, *_ = backends = _many(
        models.Backend,
        count,
        **own,
        user_id="1",
        client_id=lambda n: f"client-{n}",
        name=lambda n: f"Backend {n}",
        kind="docker",
        last_heartbeat=now,
    )
    approval, *_ = _many(
        models.ReleaseApproval,
        count,
        **own,
        release=release,
        approver_id="1",
        mandate_id="m",
        agent="a",
        digest="sha256:now",
    )
    approval.backends.set(backends)
    resource, deployment, pod = _running(own, count, flavour, backend)
    return Crowd(
        app, release, flavour, definition, repo, oci, backend, resource, deployment, pod, approval
    )


def _links(own: dict[str, str], count: int, flavours: list[Any], definitions: list[Any]) -> None:
    pairs = {(flavours[0].pk, one.pk) for one in definitions}
    pairs |= {(one.pk, definitions[0].pk) for one in flavours}
    models.Offer.objects.bulk_create(
        [models.Offer(flavour_id=flavour, definition_id=one) for flavour, one in pairs]
    )
    for model, name in ((models.Collection, "collections"), (models.Protocol, "protocols")):
        groups = _many(model, count, **own, name=lambda n: f"group-{n:04d}")
        getattr(definitions[0], name).set(groups)
    definitions[0].is_test_for.set(definitions)
    definitions[0].tests.set(definitions)


def _running(own: dict[str, str], count: int, flavour: Any, backend: Any) -> tuple[Any, Any, Any]:
    resource, *_ = _many(
        models.Resource,
        count,
        **own,
        backend=backend,
        resource_id=lambda n: f"node-{n}",
        name=lambda n: f"Node {n}",
    )
    deployment, *_ = _many(
        models.Deployment,
        count,
        **own,
        flavour=flavour,
        release=flavour.release,
        backend=backend,
        local_id=lambda n: f"deployment-{n}",
    )
    pod, *_ = _many(
        models.Pod,
        count,
        **own,
        backend=backend,
        deployment=deployment,
        resource=resource,
        pod_id=lambda n: f"pod-{n}",
    )
    _many(models.LogDump, count, deployment=deployment, pod=pod, logs=lambda n: f"line {n}")
    return resource, deployment, pod
