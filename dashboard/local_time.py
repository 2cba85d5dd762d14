"""Times as people at the clinic type and read them, by its clock; inside everything is UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.context import services
from dashboard.shown import display_of

_UTC_TEXT: Final = re.compile(
    r"(?:(?P<day>\d{4}-\d\d-\d\d) )?(?P<time>\d\d:\d\d)(?P<second>:\d\d)? UTC"
)


def clinic_zone() -> tzinfo:
    """The time zone of the clinic that is asked for."""
    return ZoneInfo(display_of(services().settings.config_dir).time_zone)


def newest_at(clock: time, now: datetime, zone: tzinfo) -> datetime:
    """The last moment (UTC) at which the clinic's clock showed `clock`, not after `now`."""
    today = now.astimezone(zone).date()
    for days in range(3):
        shown = datetime.combine(today - timedelta(days=days), clock, zone)
        # in the night in which clocks are set back, an hour is there twice
        for moment in (shown.replace(fold=1).astimezone(UTC), shown.astimezone(UTC)):
            if moment <= now:
                return moment
    raise AssertionError("a clock shows every time once a day")


def moment_of(day: date, clock: time, zone: tzinfo) -> datetime:
    """The moment (UTC) of a day and a time by the clinic's clock."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def clock_text(at: datetime, zone: tzinfo) -> str:
    """A moment of today: "14:03"."""
    return f"{at.astimezone(zone):%H:%M}"


def second_text(at: datetime, zone: tzinfo) -> str:
    """A moment of today to the second: "14:03:07"."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def stamp_text(at: datetime, zone: tzinfo) -> str:
    """A moment in a log: "22 Nov 14:03:07"."""
    return f"{at.astimezone(zone):%-d %b %H:%M:%S}"


def day_text(day: date) -> str:
    """A day: "1 Feb 1980"."""
    return f"{day:%-d %b %Y}"


def moment_text(at: datetime, zone: tzinfo, now: datetime) -> str:
    """A moment: "14:03", with the day in front where it is not today."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    if abs(at - now) < timedelta(days=300):
        return f"{local:%a %-d %b %H:%M}"
    return f"{local:%-d %b %Y %H:%M}"


def in_local_time(text: str, now: datetime, zone: tzinfo) -> str:
    """`text` with every "14:03 UTC" as the clinic's clock shows it."""

    def shown(found: re.Match[str]) -> str:
        day = now.date() if found["day"] is None else date.fromisoformat(found["day"])
        second = found["second"] or ""
        at = datetime.combine(day, time.fromisoformat(found["time"] + second), UTC)
        local = at.astimezone(zone)
        clock = f"{local:%H:%M:%S}" if second else f"{local:%H:%M}"
        return clock if found["day"] is None else f"{local:%a %-d %b %Y} {clock}"

    return _UTC_TEXT.sub(shown, text)


def days_ago(days: int) -> str:
    """How many days something is past: "today", "1 day ago", "3 days ago"."""
    return "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"


def duration(seconds: float) -> str:
    """A time as a log says it: "8 s", "2:05 min", "1:10 h".

    What ended before it was raised, by what arrived late, lasted nobody knows how long.
    """
    whole = round(seconds)
    if whole < 0:
        return "not known"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
