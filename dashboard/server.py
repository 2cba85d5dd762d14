"""The server as a whole: Dash, login, `/live`, the access layer around them, and its tasks."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import Response
from starlette.types import ASGIApp

from config.settings import Settings
from dashboard import chair_watch, clock_watch
from dashboard.access import ASK_AGAIN_S, Access
from dashboard.addresses import LIVE_PATH, pages_of_routes
from dashboard.answers import plain_page
from dashboard.app import Screens, create_app, pages_of_app, warm_up
from dashboard.beds import Beds
from dashboard.calls import Calls
from dashboard.context import Forbidden, Services
from dashboard.downtime import keeper
from dashboard.feed import Feed
from dashboard.interfaces.shelf import InterfaceShelf
from dashboard.interfaces.tokens import Interfaces
from dashboard.live import OpenScreens, serve_screen
from dashboard.login import login_routes
from dashboard.metrics import Metrics
from dashboard.notifying import notifier
from dashboard.open_work import OpenWork
from dashboard.own_alarm_desk import OwnAlarmDesk
from dashboard.own_alarm_spool import OwnAlarmSpool
from dashboard.own_alarms import OwnAlarms
from dashboard.patient_shelf import PatientShelf
from dashboard.report_shelf import ReportShelf
from dashboard.second_person import SecondPersons
from dashboard.session_forms.delivery import Deliveries
from dashboard.session_shelf import SessionShelf
from dashboard.sessions import COOKIE, Sessions
from dashboard.shown import display_of
from dashboard.spark_watch import SparkWatch
from dashboard.unsigned import UnsignedCount
from dashboard.watch import LinkWatch
from infusion.configuration import ClinicConfiguration
from record.faults import RecordUnavailable

if TYPE_CHECKING:
    from record.store import Record


@dataclass(frozen=True, slots=True)
class Server:
    """What an ASGI server runs (`asgi`), and what it is made of."""

    asgi: ASGIApp
    services: Services


def create_server(
    settings: Settings,
    configuration: ClinicConfiguration,
    record: "Record",
    screens: Screens,
) -> Server:
    """The whole server, from its parts alone: it reads no environment and opens nothing yet."""
    services = _services(settings, configuration, record, screens)
    hashes: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await warm_up(app)
        hashes.extend(app.csp_hashes())
        await services.own_desk.begin()
        services.feed.start(asyncio.get_running_loop(), services.links.take)
        tasks = [asyncio.create_task(work, name=name) for name, work in _works(services)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await asyncio.to_thread(services.feed.stop)
            await services.own_desk.end()

    fastapi = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    fastapi.include_router(login_routes())
    plain = [make_routes() for make_routes in screens.routers]
    for router in plain:
        fastapi.include_router(router)
    _add_live(fastapi, OpenScreens(services.metrics))
    fastapi.add_exception_handler(Forbidden, _forbid)
    fastapi.add_exception_handler(RecordUnavailable, _say_record_is_gone)
    fastapi.add_exception_handler(Exception, _say_fault)
    app = create_app(fastapi, screens)
    pages = (*pages_of_app(), *pages_of_routes(plain))
    return Server(Access(fastapi, services, pages, lambda: tuple(hashes)), services)


def _services(
    settings: Settings, configuration: ClinicConfiguration, record: "Record", screens: Screens
) -> Services:
    """Everything that pages and background work share."""
    metrics = Metrics()
    feed = Feed(
        settings.broker, metrics, protocol=settings.mqtt_protocol, ca_file=settings.mqtt_ca_file
    )
    beds = Beds(configuration.wards, screens.make_tile)
    shelf = SessionShelf(record)
    returns_within = timedelta(seconds=configuration.alarms.signals.returns_within_s)
    own = OwnAlarms(beds.wards, returns_within, configuration.version)
    links = LinkWatch(feed, beds, metrics, record.is_alive, own.judged)
    reports = ReportShelf(record, configuration, shelf)
    return Services(
        settings=settings,
        configuration=configuration,
        record=record,
        sessions=Sessions(record.accounts),
        feed=feed,
        beds=beds,
        links=links,
        metrics=metrics,
        shelf=shelf,
        seconds=SecondPersons(record.accounts),
        patients=PatientShelf(record),
        summaries={},
        deliveries=Deliveries(),
        calls=Calls(record, shelf, [ward.ward for ward in configuration.wards], beds.announce),
        interfaces=Interfaces(record.accounts, configuration.sessions.people),
        sparks=SparkWatch(
            record, shelf, configuration.wards, display_of(settings.config_dir).spark
        ),
        unsigned=UnsignedCount(shelf, reports),
        own_desk=OwnAlarmDesk(
            record,
            own,
            beds,
            links,
            returns_within,
            _tended(settings),
            OwnAlarmSpool(settings.data_dir),
        ),
        own_alarms=own,
        served=InterfaceShelf(record, reports),
        reports=reports,
        open_work=OpenWork(reports, configuration.dosing.balance),
    )


def _tended(settings: Settings) -> frozenset[str]:
    """The alarms of the whole clinic that something of this server raises and ends."""
    return frozenset(
        name
        for name, is_there in (
            (notifier.TROUBLE, bool(settings.notify_url)),
            (keeper.TROUBLE, settings.downtime_dir is not None),
            (clock_watch.TROUBLE, True),
            (chair_watch.TROUBLE, True),
        )
        if is_there
    )


def _works(services: Services) -> list[tuple[str, Coroutine[Any, Any, None]]]:
    """What runs for as long as the server does."""
    clocks = clock_watch.ClockWatch(
        services.links, services.own_alarms, services.configuration.clocks.limit_s
    )
    chairs = chair_watch.ChairWatch(
        services.shelf, services.configuration.wards, services.own_alarms
    )
    works = [
        ("watch links", services.links.run()),
        ("calls", services.calls.run()),
        ("sparks", services.sparks.run()),
        ("unsigned", services.unsigned.run()),
        ("own alarms", services.own_desk.run()),
        ("own alarms in time", services.own_desk.keep_time()),
        ("clocks", clocks.run()),
        ("own alarms on disk", services.own_desk.keep()),
        ("chairs", chairs.run()),
    ]
    settings = services.settings
    if settings.notify_url:
        told = notifier.Notifier(
            (settings.notify_url, settings.notify_token),
            services.configuration.wards,
            (services.beds, services.own_alarms, services.calls),
            services.record,
            timedelta(seconds=services.configuration.alarms.signals.sounds_again_after_s),
        )
        works.append(("notifier", told.run()))
    if settings.downtime_dir is not None:
        kept = keeper.DowntimeKeeper(services, settings.downtime_dir, settings.downtime_every_s)
        works.append(("downtime pack", kept.run()))
    return works


def _add_live(fastapi: FastAPI, screens: OpenScreens) -> None:
    @fastapi.websocket(LIVE_PATH)
    async def live(socket: WebSocket) -> None:
        await serve_screen(socket, socket.cookies.get(COOKIE, ""), screens)


async def _say_record_is_gone(request: Request, error: Exception) -> Response:
    return plain_page(
        "The record does not answer",
        f"Watch the bedside monitors, and try again in a moment ({error}).",
        HTTPStatus.SERVICE_UNAVAILABLE,
        again_after_s=ASK_AGAIN_S if request.method == "GET" else None,
    )


async def _forbid(_: Request, error: Exception) -> Response:
    return plain_page("Not for this login", str(error), HTTPStatus.FORBIDDEN)


async def _say_fault(_: Request, __: Exception) -> Response:
    """What nobody foresaw; it is raised on, into the log."""
    return plain_page(
        "Hourglass made a mistake",
        "This page cannot be shown, and nothing was saved by it. Watch the bedside monitors, go"
        " back and try again. If it happens again, call IT: what went wrong is in the log.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
