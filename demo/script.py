"""The part that people play in a scenario: its section `people`, as the scenario's author wrote it.

One entry is one session at one bed. What is left out is done as usual: planned, in the chair,
identified, ordered, asked, associated, baseline frozen, confirmed by a second person. `deeds` are
what people do besides; `after_min` counts from the start of the infusion.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Annotated, Any, TypeAlias

import msgspec

from infusion.order import EndsBy
from infusion.patient import Indication
from infusion.session_events import PumpRunKind
from vocabulary.ids import BedId, DeviceId, SessionId
from vocabulary.states import DeviceKind

Kg = Annotated[float, msgspec.Meta(gt=0, le=650)]
MgPerKg = Annotated[float, msgspec.Meta(gt=0, le=1000)]
MgPerMl = Annotated[float, msgspec.Meta(gt=0, le=1000)]
Minutes = Annotated[float, msgspec.Meta(gt=0, le=1440)]


class BadPeople(ValueError):
    """A part that people cannot play: at which bed, and why."""


class Step(str, Enum):
    """The usual steps before the start, in their order."""

    PLAN = "plan"
    BEGIN = "begin"
    IDENTIFY = "identify"
    ORDER = "order"
    ANSWER = "answer"
    ASSOCIATE = "associate"
    BASELINE = "baseline"
    CONFIRM = "confirm"


class _Spoken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Deed(_Spoken, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """Something that somebody does `after_min` minutes from the start of the infusion."""

    after_min: Annotated[float, msgspec.Meta(ge=-1440, le=1440)]


class ConfirmPause(Deed, frozen=True, kw_only=True, tag="confirm_pause"):
    """The nurse says that the infusion is paused at the pump."""

    reason: str


class EndEarly(Deed, frozen=True, kw_only=True, tag="end_early"):
    """The infusion is not to go on."""

    reason: str


class ExplainRun(Deed, frozen=True, kw_only=True, tag="explain_run"):
    """What the latest run of a pump was for."""

    kind: PumpRunKind
    device: DeviceId | None = None


class ExplainRate(Deed, frozen=True, kw_only=True, tag="explain_rate"):
    """Why the rate was changed at the pump `changed_after_min` from the start."""

    changed_after_min: float
    reason: str


class OrderAgain(Deed, frozen=True, kw_only=True, tag="order"):
    """The prescriber changes the order."""

    rate_mg_kg_h: MgPerKg | None = None
    dose_mg_kg: MgPerKg | None = None
    reasons: tuple[str, ...] = ()


class Associate(Deed, frozen=True, kw_only=True, tag="associate"):
    """Another device is this session's from now on."""

    device: DeviceId
    kind: DeviceKind
    is_swap: bool = False
    replaces: DeviceId | None = None


class Confirm(Deed, frozen=True, kw_only=True, tag="confirm"):
    """The second person confirms everything, later than usual."""


class ConfirmDevice(Deed, frozen=True, kw_only=True, tag="confirm_device"):
    """The second person confirms a device."""

    device: DeviceId


class Release(Deed, frozen=True, kw_only=True, tag="release"):
    """A device is this session's no longer."""

    device: DeviceId


class Discharge(Deed, frozen=True, kw_only=True, tag="discharge"):
    """The patient goes home."""

    escort: str = "Robin Sample, 555 0100"


class Observe(Deed, frozen=True, kw_only=True, tag="observe"):
    """A form of observations is saved: `levels` as judged, all else as in most sessions."""

    set: str
    levels: dict[str, int] = msgspec.field(default_factory=dict)


class AnswerAnew(Deed, frozen=True, kw_only=True, tag="answer"):
    """A question of the preparation with options is answered, or answered anew."""

    item: str
    option: str


class Tell(Deed, frozen=True, kw_only=True, tag="symptoms"):
    """The patient tells of symptoms."""

    symptoms: tuple[str, ...]


class OffMonitor(Deed, frozen=True, kw_only=True, tag="off_monitor"):
    """The patient goes off the monitor, with somebody while the pump runs."""

    accompanied_by: str = ""


AnyDeed: TypeAlias = (
    ConfirmPause
    | EndEarly
    | ExplainRun
    | ExplainRate
    | OrderAgain
    | Associate
    | Confirm
    | ConfirmDevice
    | Release
    | Discharge
    | Observe
    | AnswerAnew
    | OffMonitor
    | Tell
)


class SessionScript(_Spoken, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One session: who, what is ordered, what is left out and what is done besides.

    The preparation takes `prepared_in_min` before `start_min`, which is that of the bed's
    infusion if left out. `open_items`: questions that nobody has answered yet. `concentration`
    and `weight` are those of the order, whatever the pump was told. `earlier` sessions of the
    same patient came before, one `every_days`, and are `signed`. `checks`: a nurse does what the
    schedule asks for.
    """

    bed: BedId
    session: SessionId | None = None
    patient: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    born: date | None = None
    indication: Indication = Indication.DEPRESSION
    start_min: float | None = None
    prepared_in_min: Annotated[float, msgspec.Meta(gt=0, le=1440)] = 11.5
    weight_kg: Kg | None = None
    concentration_mg_ml: MgPerMl = 1.0
    rate_mg_kg_h: MgPerKg = 0.5
    dose_mg_kg: MgPerKg = 0.5
    over_min: Minutes = 60.0
    ends_by: EndsBy = EndsBy.DOSE
    lowest_mg_kg_h: MgPerKg = 0.3
    highest_mg_kg_h: MgPerKg = 0.7
    step_mg_kg_h: MgPerKg = 0.1
    order_reasons: tuple[str, ...] = ()
    skip: tuple[Step, ...] = ()
    open_items: tuple[str, ...] = ()
    deeds: tuple[AnyDeed, ...] = ()
    earlier: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    every_days: Annotated[float, msgspec.Meta(gt=0, le=60)] = 3.0
    signed: bool = True
    checks: bool = False


def read_script(people: Iterable[Mapping[str, Any]]) -> tuple[SessionScript, ...]:
    """The section `people` of a scenario. Raises BadPeople naming entry, key and reason."""
    found = []
    for number, entry in enumerate(people):
        try:
            found.append(msgspec.convert(entry, SessionScript, strict=False))
        except msgspec.ValidationError as error:
            raise BadPeople(f"people[{number}]: {error}") from error
    return tuple(found)
