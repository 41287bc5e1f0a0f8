"""Wiring of the mikro process: schema, routes, lifespan and jobs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from prometheus_client import REGISTRY

from chassis.parts.lookup import LookedUp
from mikro_server.adapters.news import hearing_news
from mikro_server.adapters.objects import serving_objects
from mikro_server.graphql.schema import SCHEMA as SCHEMA
from mikro_server.http import metrics, picture
from mikro_server.jobs.hygiene import attend_orphans, sweep_stores

urlpatterns: list[URLPattern | URLResolver] = [
    path("arrays/<str:dataset>/thumbnail", picture.thumbnail),
    path("arrays/<str:dataset>/region", picture.region),
]
LIFESPAN = [serving_objects, hearing_news, picture.drawing_pictures]
JOBS = [sweep_stores, attend_orphans]
REGISTRY.register(LookedUp(metrics.look))
