"""Words of the wire."""

from __future__ import annotations

from kabinet_server.domain.kinds import AuditKind, LeaseMode, PodStatus, ScanState


def test_states_of_pods_are_those_the_clients_know():
    assert [*PodStatus] == ["PENDING", "RUNNING", "STOPPING", "STOPPED", "FAILED", "UNKOWN"]


def test_words_fit_their_columns():
    for kind, most in ((PodStatus, 20), (ScanState, 20), (LeaseMode, 20), (AuditKind, 30)):
        assert all(len(one.value) <= most for one in kind)
