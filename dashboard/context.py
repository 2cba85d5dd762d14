"""Who is asking, and what pages and callbacks work with: set for each request, never global.

The access middleware enters a request with `asking`; layouts, callbacks and routes read
`services()` and `current_login()`, and say with `require` and `require_ward` who may go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dashboard.own_alarms import OwnAlarms
from dashboard.self_test_state import SelfTests
from infusion.configuration import ClinicConfiguration, WardPlan
from vocabulary.ids import WardId
from vocabulary.roles import Audience, Role

if TYPE_CHECKING:
    from config.settings import Settings
    from dashboard.beds import Beds
    from dashboard.calls import Calls
    from dashboard.feed import Feed
    from dashboard.interfaces.shelf import InterfaceShelf
    from dashboard.interfaces.tokens import Interface, Interfaces
    from dashboard.metrics import Metrics
    from dashboard.open_work import OpenWork
    from dashboard.own_alarm_desk import OwnAlarmDesk
    from dashboard.patient_shelf import PatientShelf
    from dashboard.report_shelf import ReportShelf
    from dashboard.second_person import SecondPersons
    from dashboard.session_forms.delivery import Deliveries
    from dashboard.session_shelf import SessionShelf
    from dashboard.sessions import Sessions
    from dashboard.spark_watch import SparkWatch
    from dashboard.summaries import Summaries
    from dashboard.unsigned import UnsignedCount
    from dashboard.watch import LinkWatch
    from record.store import Record

VERSION: Final = "0.1.0"
PEOPLE: Final = tuple(role for role in Role if role is not Role.DISPLAY)
"""The roles of people, as against screens."""


class Forbidden(Exception):
    """This login may not do that; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who is asking: a person with an account, or an enrolled screen (role DISPLAY).

    `key` tells logins apart without being a secret. `ward` is the only ward a screen may see;
    None for people, who see all. `account` is the login name of a person, None for a screen.
    `interface`: another system; it gets no further than to what is for such.
    """

    key: str
    role: Role
    audience: Audience
    name: str
    account: str | None = None
    ward: WardId | None = None
    interface: "Interface | None" = None

    def may_see(self, ward: WardId) -> bool:
        """Whether this login may look at `ward`."""
        return self.ward is None or self.ward == ward

    @property
    def is_read_only(self) -> bool:
        """Whether it may only look."""
        return self.role is Role.DISPLAY


@dataclass(frozen=True, slots=True)
class Services:
    """What the server is made of.

    `record`, `shelf`, `reports`, `open_work`, `patients` and `seconds` block: call them in
    `asyncio.to_thread`.
    `summaries`, `deliveries`: of sessions that were asked for.
    """

    settings: "Settings"
    configuration: ClinicConfiguration
    record: "Record"
    sessions: "Sessions"
    feed: "Feed"
    beds: "Beds"
    links: "LinkWatch"
    metrics: "Metrics"
    shelf: "SessionShelf"
    seconds: "SecondPersons"
    patients: "PatientShelf"
    summaries: "Summaries"
    deliveries: "Deliveries"
    calls: "Calls"
    interfaces: "Interfaces"
    served: "InterfaceShelf"
    sparks: "SparkWatch"
    unsigned: "UnsignedCount"
    own_desk: "OwnAlarmDesk"
    reports: "ReportShelf"
    open_work: "OpenWork"
    own_alarms: OwnAlarms = field(default_factory=OwnAlarms)
    self_tests: SelfTests = field(default_factory=SelfTests)

    def ward(self, ward: WardId) -> WardPlan | None:
        """The plan of `ward`; None if the clinic has no such ward."""
        return next((plan for plan in self.configuration.wards if plan.ward == ward), None)


_services: ContextVar[Services] = ContextVar("services")
_login: ContextVar[Login | None] = ContextVar("login", default=None)


@contextmanager
def asking(services: Services, login: Login | None) -> Iterator[None]:
    """Everything inside belongs to one request of `login` (None: nobody is logged in)."""
    services_token, login_token = _services.set(services), _login.set(login)
    try:
        yield
    finally:
        _login.reset(login_token)
        _services.reset(services_token)


def services() -> Services:
    """The services of this request. Raises LookupError outside one."""
    return _services.get()


def current_login() -> Login | None:
    """Who makes this request; None before login."""
    return _login.get()


def require(*roles: Role) -> Login:
    """The login, if its role is one of `roles` (of any person's, if none is named).

    Raises Forbidden, which the browser gets as 403. First line of whatever writes.
    """
    login = current_login()
    if login is None:
        raise Forbidden("Nobody is logged in here. Log in and try again.")
    if login.role not in (roles or PEOPLE):
        wanted = " or ".join(role.value for role in roles or PEOPLE)
        raise Forbidden(f"This needs the role {wanted}, and you are here as {login.role.value}.")
    return login


def require_ward(ward: WardId) -> Login:
    """The login, if it may see `ward`. Raises Forbidden. First line of whatever shows a ward."""
    login = current_login()
    if login is None:
        raise Forbidden("Nobody is logged in here. Log in and try again.")
    if not login.may_see(ward):
        raise Forbidden(f"This screen is enrolled for ward {login.ward} and shows no other.")
    if services().ward(ward) is None:
        raise Forbidden(f"There is no ward {ward} in this clinic.")
    return login
