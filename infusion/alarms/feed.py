"""Whether anything is heard at all: when nothing is, the cause is not at the bedside.

One root cause is one alarm: while no device of the ward is heard, and for a while after that, no
device and no signal is alarmed by itself.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from infusion.alarms.rules import TechnicalNumbers
from infusion.device import Device


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """Since when nothing is heard, and when the first device was heard again. Times UTC."""

    down_since: datetime | None = None
    back_at: datetime | None = None

    @property
    def is_up(self) -> bool:
        """Whether what is not heard is missing by itself."""
        return self.down_since is None


def find_outage(
    feed: Feed, devices: Iterable[Device], beds: int, now: datetime, rules: TechnicalNumbers
) -> Feed:
    """The feed at `now`, when a device fell silent; `beds`: of how many a device was online."""
    if not feed.is_up and feed.back_at is None:
        return feed
    heard = [d.last_received_at for d in devices if d.last_received_at is not None]
    newest = max(heard, default=None)
    if newest is None or beds < rules.feed_beds:
        return feed
    if (now - newest).total_seconds() < rules.feed_silent_s:
        return feed
    return Feed(down_since=feed.down_since or newest)


def hear(feed: Feed, now: datetime) -> Feed:
    """The feed once a device is heard."""
    if feed.is_up or feed.back_at is not None:
        return feed
    return msgspec.structs.replace(feed, back_at=now)


def settled_at(feed: Feed, rules: TechnicalNumbers) -> datetime | None:
    """When every device has had the time to come back; None while there is nothing to wait for."""
    if feed.back_at is None:
        return None
    return feed.back_at + timedelta(seconds=rules.feed_settle_s)
