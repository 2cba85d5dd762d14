"""Cuff readings that a device sends again are the same reading, however its clock is judged since.

The offset of a clock moves by milliseconds, and a cuff's own clock may be ahead of the monitor's:
worked out anew, the moment of one inflation would be another each time, and look like a new one.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from infusion.stream import VitalsArrived
from infusion.ward_state import StreamState
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName


class CuffReadings:
    """The newest cuff reading of each device: its time as sent, and when it was measured (UTC)."""

    def __init__(self, state: StreamState) -> None:
        """`state`: what was taken up before the start."""
        self._newest = dict(_newest_in(state))

    def settled(self, item: VitalsArrived) -> VitalsArrived:
        """`item`, its cuff reading measured when it was if it came before."""
        sent = item.nibp_device_time
        if sent is None or item.nibp_observed_at is None:
            return item
        known = self._newest.get(item.device)
        if known is not None and known[0] == sent:
            return msgspec.structs.replace(item, nibp_observed_at=known[1])
        if not item.buffered:
            self._newest[item.device] = sent, item.nibp_observed_at
        return item


def _newest_in(state: StreamState) -> Iterator[tuple[DeviceId, tuple[datetime, datetime]]]:
    told = [bed.readings for ward in state.wards.values() for bed in ward.values()]
    told += [chart.readings for chart in state.charts.values()]
    for readings in told:
        reading = readings.get(SignalName.NIBP)
        if reading is not None:
            yield reading.device, (reading.device_time, reading.observed_at)
