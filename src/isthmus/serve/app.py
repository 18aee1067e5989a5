"""The service: what it answers, put together from its parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from isthmus.errors import IsthmusError
from isthmus.nodule import DISCLAIMER
from isthmus.serve import forms, metrics, page_files, reads, refusals, reports, similar, tirads
from isthmus.serve.bounds import Bounds
from isthmus.serve.login import addresses
from isthmus.serve.login.guard import Guard
from isthmus.serve.login.login import Login
from isthmus.serve.pictures import Pictures
from isthmus.serve.pool import Pool
from isthmus.serve.reader import Reader
from isthmus.serve.readings import Service, router
from isthmus.serve.settings import Settings
from isthmus.serve.store import Store
from isthmus.serve.studies import addresses as study_addresses
from isthmus.serve.studies.running import RunningStudy
from isthmus.serve.views import addresses as views
from isthmus.serve.worklist import addresses as worklist
from isthmus.serve.worklist.desk import Desk


def only(router: APIRouter, *paths: str) -> APIRouter:
    """Some addresses of a router: in a study nobody asks the model but by the study."""
    chosen = APIRouter()
    chosen.routes = [one for one in router.routes if getattr(one, "path", None) in paths]
    return chosen


HOUR = 3600


async def keeping(store: Store, days: int) -> None:
    """Deletes cases that are older than so many days, now and every hour."""
    while True:
        with contextlib.suppress(SQLAlchemyError, OSError):  # the disk is full, say: the next hour is another
            await run_in_threadpool(store.forget_before, days)
        await asyncio.sleep(HOUR)


def make_app(reader: Reader, settings: Settings) -> FastAPI:
    """The application around a model that is open."""
    store = None if settings.store is None else Store(settings.store)
    login = Login(store) if store and settings.login else None
    elsewhere = store.picture if store else lambda _name: None
    desk = Desk(settings.store, settings.database)
    pictures = Pictures(settings.most_kept, settings.most_decoded, elsewhere)
    pool = Pool(settings.threads, settings.waiting, settings.seconds)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        pool.open()
        tidying = asyncio.create_task(keeping(store, settings.keep_days)) if store and settings.keep_days else None
        yield
        if tidying:
            tidying.cancel()
        pool.close()
        desk.close()
        if login:
            login.close()
        if store:
            store.close()

    app = FastAPI(
        title="isthmus",
        description=f"Thyroid nodules in ultrasound: benign or malignant. {DISCLAIMER}",
        version=metadata.version("isthmus"),
        lifespan=lifespan,
        docs_url=None,  # that page fetches its scripts from elsewhere
        redoc_url=None,
    )
    app.state.cases = similar.Cases(reader, settings.training_data)
    app.state.service = Service(reader, pictures, pool, settings, store)
    app.add_exception_handler(IsthmusError, refusals.of_house)
    app.add_exception_handler(SQLAlchemyError, refusals.of_disk)
    app.add_exception_handler(OSError, refusals.of_disk)
    app.add_exception_handler(RequestValidationError, refusals.of_fields)
    app.add_exception_handler(HTTPException, refusals.of_http)
    if settings.study is not None and settings.store is not None:
        app.state.study = RunningStudy.opened(settings.study, settings.store, reader)
        routers = [study_addresses.router, only(router, "/health", "/model")]
    else:
        routers = [router, reads.router, tirads.router, reports.router, views.router, similar.router, worklist.router]
    for one in routers:
        app.include_router(one)
    app.include_router(metrics.router)
    app.state.desk = desk
    app.include_router(page_files.router)
    forms.describe(app)
    app.state.registry = CollectorRegistry()
    app.state.registry.register(metrics.Line(pool))
    if login:
        app.state.login = login
        app.include_router(addresses.router)
        addresses.describe(app)
        app.add_middleware(Guard, login=login)
    app.add_middleware(metrics.Metrics, registry=app.state.registry)
    app.add_middleware(Bounds, settings=settings)
    return app
