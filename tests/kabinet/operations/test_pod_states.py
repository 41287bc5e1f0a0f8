"""Pods through every state: what their deployment, their leases and their approval make of it."""

from __future__ import annotations

import itertools

import pytest
from crowd import crowd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import clock
from chassis.errors import Conflict
from kabinet_server import models
from kabinet_server.domain.errors import ApprovalInactive, ResourceExhausted
from kabinet_server.domain.kinds import PodStatus
from kabinet_server.domain.pod_state import LIVE, deployment_status
from kabinet_server.operations.pod import pod_create, pod_delete, pod_update

ENDS = {PodStatus.STOPPED, PodStatus.FAILED}
IMPOSSIBLE = {(end, PodStatus.STOPPING) for end in ENDS}
PAIRS = list(itertools.product(PodStatus, PodStatus))
CARD = [{"kind": "cuda", "count": 1}]
ONE_CARD = [
    {"key": "cuda.devices", "value": "GPU-a:24000"},
    {"key": "cuda.count", "value": "1"},
    {"key": "cuda.memory", "value": "24000"},
]


@pytest.fixture
def me(mint):
    return mint.member(sub="1", org="1", active_org="first", client_id="client-0").principal


@pytest.fixture
def store(db):
    """A deployment that needs a card, on a machine with one card."""
    found = crowd(1)
    models.Pod.objects.all().delete()
    models.Flavour.objects.update(selectors=CARD)
    models.Resource.objects.update(qualifiers=ONE_CARD)
    models.Deployment.objects.update(descriptors={"@kabinet/status": "PENDING"})
    return found


def create(me, store, name="c1"):
    return pod_create(
        principal=me,
        deployment_id=store.deployment.pk,
        local_id=name,
        resource_id=store.resource.pk,
    )


def _put(pod, status):
    """Bring a pod into a state on a way that is always open."""
    models.Pod.objects.filter(pk=pod.pk).update(status=status.value)
    models.Lease.objects.filter(pod=pod).update(released_at=None if status in LIVE else clock.now())


def _state(pod):
    pod.refresh_from_db()
    return PodStatus(pod.status)


def _held():
    return models.Lease.objects.filter(released_at=None).count()


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_report_is_taken_or_refused_whole(me, store, before, after):
    pod = create(me, store)
    _put(pod, before)
    if (before, after) in IMPOSSIBLE:
        with pytest.raises(Conflict, match=f"{before.value} cannot become {after.value}"):
            pod_update(principal=me, pod_id=pod.pk, status=after)
        assert _state(pod) is before
        return
    pod_update(principal=me, pod_id=pod.pk, status=after)
    assert _state(pod) is after
    assert pod.reported == after.value
    assert _held() == (1 if after in LIVE else 0)
    if before is not after:
        store.deployment.refresh_from_db()
        assert store.deployment.status == pod.descriptors["@kabinet/status"] == after.value
        assert store.deployment.descriptors["@kabinet/status"] == after.value


@pytest.mark.parametrize("before", sorted(ENDS))
@pytest.mark.parametrize("after", sorted(LIVE - {PodStatus.STOPPING}))
def test_nothing_starts_again_under_a_revoked_approval(me, store, before, after):
    models.Deployment.objects.update(approval=store.approval)
    pod = create(me, store)
    _put(pod, before)
    models.ReleaseApproval.objects.update(revoked_at=clock.now())
    with pytest.raises(ApprovalInactive, match="revoked"):
        pod_update(principal=me, pod_id=pod.pk, status=after)
    assert _state(pod) is before
    assert _held() == 0
    with pytest.raises(ApprovalInactive, match="revoked") as refused:
        create(me, store, "c2")
    assert refused.value.field == "deployment"


@pytest.mark.parametrize("after", sorted(ENDS | {PodStatus.STOPPING}))
def test_what_runs_under_a_revoked_approval_may_end(me, store, after):
    models.Deployment.objects.update(approval=store.approval)
    pod = create(me, store)
    models.ReleaseApproval.objects.update(revoked_at=clock.now())
    pod_update(principal=me, pod_id=pod.pk, status=after)
    assert _state(pod) is after


def test_a_pod_that_finds_its_card_taken_stays_as_it_ended(me, store):
    first = create(me, store)
    pod_update(principal=me, pod_id=first.pk, status=PodStatus.FAILED)
    second = create(me, store, "c2")
    with pytest.raises(ResourceExhausted) as refused:
        pod_update(principal=me, pod_id=first.pk, status=PodStatus.RUNNING)
    assert refused.value.field == "resource"
    assert (_state(first), _held()) == (PodStatus.FAILED, 1)
    with pytest.raises(ResourceExhausted):
        create(me, store, "c3")
    assert not models.Pod.objects.filter(pod_id="c3").exists()
    pod_delete(principal=me, pod_id=second.pk)
    pod_update(principal=me, pod_id=first.pk, status=PodStatus.RUNNING)
    assert (_state(first), _held()) == (PodStatus.RUNNING, 1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "delete", *(one.value for one in PodStatus)]),
        st.sampled_from(["a", "b", "c"]),
    ),
    min_size=1,
    max_size=12,
)


def _step(me, store, action, name):
    pod = models.Pod.objects.filter(pod_id=name).first()
    if action == "create":
        create(me, store, name)
    elif pod is not None and action == "delete":
        pod_delete(principal=me, pod_id=pod.pk)
    elif pod is not None:
        pod_update(principal=me, local_id=name, status=PodStatus(action))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_is_reported_the_card_is_held_by_the_pod_that_lives(me, store, steps):
    models.Pod.objects.all().delete()
    for action, name in steps:
        before = models.Deployment.objects.get().status
        states = dict(models.Pod.objects.values_list("pod_id", "status"))
        try:
            _step(me, store, action, name)
        except (Conflict, ResourceExhausted):
            # What was refused left no trace.
            assert dict(models.Pod.objects.values_list("pod_id", "status")) == states
            assert models.Deployment.objects.get().status == before
        pods = list(models.Pod.objects.all())
        living = {pod.pk for pod in pods if PodStatus(pod.status) in LIVE}
        holding = models.Lease.objects.filter(released_at=None).values_list("pod", flat=True)
        assert len(living) <= 1
        assert set(holding) == living
        if pods:
            expected = deployment_status(PodStatus.PENDING, [PodStatus(pod.status) for pod in pods])
            assert models.Deployment.objects.get().status == expected.value
