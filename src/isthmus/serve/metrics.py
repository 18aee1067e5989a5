"""What the service counts, for Prometheus: answers by address and status, seconds, and how many are in line."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isthmus.serve.pool import Pool

router = APIRouter()
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Line(Collector):
    """How many readings run or wait."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> list[GaugeMetricFamily]:
        """The number now."""
        return [GaugeMetricFamily("isthmus_pending", "Readings that run or wait.", value=self._pool.pending)]


class Metrics:
    """Counts every answer by its route, never by what a request names: nothing of a patient is in a label."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        labels = ("route", "method", "status")
        self._answers = Counter("isthmus_answers", "Answers.", labels, registry=registry)
        self._seconds = Histogram("isthmus_seconds", "Seconds.", ("route",), registry=registry, buckets=SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if route != "none" else "any"
            self._answers.labels(route, method, str(status)).inc()
            self._seconds.labels(route).observe(time.perf_counter() - begun)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Counts and seconds, as Prometheus reads them."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
