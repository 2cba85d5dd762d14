"""All that the rules know of the wards they serve, and the clinic's configuration beside it."""

from datetime import datetime

import msgspec

from infusion.alarms.feed import Feed
from infusion.alarms.state import AlarmBook, BedAlarms
from infusion.bed import Bed
from infusion.chart import Chart
from infusion.configuration import ClinicConfiguration
from infusion.device import Device
from infusion.duty.roster import Roster
from infusion.inputs import MessagesNoticed
from infusion.report.delivery import flow_rules
from infusion.routing import Places
from infusion.schedule import Schedule
from infusion.session import Session
from vocabulary.ids import BedId, DeviceId, SessionId, WardId


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules know: how far the stream was taken up, devices, beds, open sessions.

    `now`: the moment of the last input. `acts_upto`: the place in the record of the last act of a
    person that was taken up. A device is known by its id throughout the clinic; beds by ward and
    bed. Sessions that were signed or cancelled are not here any more; a chart is kept as long as
    late words of its devices can be expected. `schedules`: what is due at each session with a
    chart, as last looked at.
    """

    position: int = 0
    now: datetime | None = None
    acts_upto: int = 0
    devices: dict[DeviceId, Device] = {}
    wards: dict[WardId, dict[BedId, Bed]] = {}
    sessions: dict[SessionId, Session] = {}
    charts: dict[SessionId, Chart] = {}
    schedules: dict[SessionId, Schedule] = {}
    rosters: dict[WardId, Roster] = {}
    alarms: dict[WardId, dict[BedId, BedAlarms]] = {}
    feed: Feed = Feed()
    notices: dict[DeviceId, MessagesNoticed] = {}


def without_logs(state: StreamState) -> StreamState:
    """`state` as a snapshot holds it: what pumps told is in the record, and logs are made of it."""
    charts = {name: msgspec.structs.replace(chart, logs={}) for name, chart in state.charts.items()}
    return msgspec.structs.replace(state, charts=charts)


class Rules:
    """A clinic's configuration and what follows from it alone."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self.clinic = clinic
        self.places = Places(clinic)
        self.flow = flow_rules(clinic)
        self.book = AlarmBook(clinic)
