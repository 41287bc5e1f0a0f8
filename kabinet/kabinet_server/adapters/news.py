"""News of pods: what happened to one, told to every process of the service."""

from __future__ import annotations

from chassis.news import NewsChannel

PODS = NewsChannel("kabinet_pods")
