"""States of pods and deployments."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Conflict
from kabinet_server.domain.kinds import PodStatus as P
from kabinet_server.domain.pod_state import LIVE, deployment_status, transition

NEVER = {(P.STOPPED, P.STOPPING), (P.FAILED, P.STOPPING)}


@pytest.mark.parametrize(("present", "reported"), list(itertools.product(P, P)))
def test_any_report_is_believed_but_the_impossible(present, reported):
    if (present, reported) in NEVER:
        with pytest.raises(Conflict, match=reported.value):
            transition(present, reported)
    else:
        assert transition(present, reported) is reported


@pytest.mark.parametrize(
    ("pods", "status"),
    [
        ([], P.PENDING),
        ([P.FAILED, P.RUNNING], P.RUNNING),
        ([P.STOPPED, P.STOPPING], P.STOPPING),
        ([P.STOPPED, P.FAILED], P.FAILED),
        ([P.STOPPED], P.STOPPED),
        ([P.UNKOWN, P.STOPPED], P.UNKOWN),
        ([P.PENDING, P.UNKOWN], P.PENDING),
    ],
)
def test_a_deployment_is_what_its_pods_are(pods, status):
    assert deployment_status(P.PENDING, pods) is status


@given(st.lists(st.sampled_from(P), min_size=1))
def test_a_deployment_lives_exactly_while_a_pod_does(pods):
    assert (deployment_status(P.STOPPED, pods) in LIVE) == any(one in LIVE for one in pods)
