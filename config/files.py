"""The clinic's YAML files, as they are written. Unknown and missing keys are refused."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import available_timezones

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from config.dosing_files import DosingEntry
from config.forms import Form, FromText, Label, Name, Positive
from config.intervention_files import DutyEntry, InterventionsEntry
from config.observation_files import ObservationsEntry, ScheduleEntry
from config.problems import BadConfiguration, Problem, problems_of, shown_path
from config.recovery_files import DischargeEntry, ScoresEntry
from config.treatment_files import (
    BaselineEntry,
    BlockEntry,
    CourseEntry,
    HoldEntry,
    PeopleEntry,
    SessionEntry,
    SignOffEntry,
    TwoPersonEntry,
)
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.roles import Audience
from vocabulary.signals import SignalName

LOCAL_TIME_ZONE: Final = "local"


def _check_time_zone(name: str) -> str:
    if name != LOCAL_TIME_ZONE and name not in available_timezones():
        raise ValueError(f"{name!r} is not in the tz database; write it like Europe/Vienna")
    return name


_TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class BedEntry(Form):
    """One bed or chair of `wards.yaml`."""

    bed: Annotated[BedId, Name]
    label: Label
    devices: list[Annotated[DeviceId, Name]] = Field(default_factory=list)


class WardEntry(Form):
    """One ward of `wards.yaml`."""

    ward: Annotated[WardId, Name]
    label: Label
    beds: Annotated[list[BedEntry], Field(min_length=1)]


class WardsFile(Form):
    """`wards.yaml`."""

    wards: Annotated[list[WardEntry], Field(min_length=1)]


class ClockEntry(Form):
    """How clocks are judged, seconds: `clock` of `devices.yaml`."""

    window_s: Positive
    steady_s: Positive
    steady_spread_s: Positive
    limit_s: Positive
    live_within_s: Positive

    @model_validator(mode="after")
    def _fits_together(self) -> "ClockEntry":
        if self.steady_s >= self.window_s:
            raise ValueError(
                f"steady_s {self.steady_s:g} must be less than window_s {self.window_s:g}"
            )
        return self


class DevicesFile(Form):
    """`devices.yaml`."""

    registered_only: bool
    registered: list[Annotated[DeviceId, Name]]
    silent_after_s: Positive
    clock: ClockEntry


class FreshnessEntry(Form):
    """How old a number may be, seconds."""

    late_after_s: Positive
    stale_after_s: Positive

    @model_validator(mode="after")
    def _late_comes_first(self) -> "FreshnessEntry":
        if self.late_after_s >= self.stale_after_s:
            raise ValueError(
                f"late_after_s {self.late_after_s:g} must be less than "
                f"stale_after_s {self.stale_after_s:g}"
            )
        return self


class SignalsFile(Form):
    """`signals.yaml`."""

    signals: dict[Annotated[SignalName, FromText], FreshnessEntry]
    pump: FreshnessEntry


class ProtocolFile(Form):
    """`protocol.yaml`."""

    planned_infusion_min: Positive
    people: PeopleEntry
    two_person: TwoPersonEntry
    session: SessionEntry
    sign_off: SignOffEntry
    preparation: Annotated[list[BlockEntry], Field(min_length=1)]
    baseline: BaselineEntry
    hold: HoldEntry
    scores: ScoresEntry
    discharge: DischargeEntry
    observations: ObservationsEntry
    schedule: ScheduleEntry
    interventions: InterventionsEntry
    duty: DutyEntry
    course: CourseEntry
    dosing: DosingEntry


class NightEntry(Form):
    """When screens dim by themselves, in the clinic's time."""

    begins: _TimeOfDay
    ends: _TimeOfDay

    @model_validator(mode="after")
    def _has_a_length(self) -> "NightEntry":
        if self.begins == self.ends:
            raise ValueError("begins and ends are the same; leave `night` empty to never dim")
        return self


class SpanEntry(Form):
    """What the height of a picture spans."""

    low: Positive
    high: Positive

    @model_validator(mode="after")
    def _has_a_height(self) -> "SpanEntry":
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} must be less than high {self.high:g}")
        return self


class SparkEntry(Form):
    """How far back the spark lines of a tile reach, and what their height spans."""

    minutes: Annotated[int, Field(ge=5, le=240)]
    step_s: Annotated[int, Field(ge=5, le=60)]
    spo2_percent: SpanEntry
    sbp_mmhg: SpanEntry


class DisplayFile(Form):
    """`display.yaml`."""

    clinic: Label
    time_zone: Annotated[str, AfterValidator(_check_time_zone)]
    theme: Literal["dark", "light"]
    audience: Annotated[Audience, FromText]
    night: NightEntry | None
    spark: SparkEntry | None = None


_AnyFile = TypeVar("_AnyFile", bound=Form)


def read_file(path: Path, form: type[_AnyFile]) -> _AnyFile:
    """Read `path` as `form`. Raises BadConfiguration with every problem of the file."""
    source = shown_path(path)
    try:
        content = yaml.load(path.read_bytes(), Loader=_OnceOnlyLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise BadConfiguration(
            [Problem(source, "", f"cannot be read: {error.strerror}")]
        ) from error
    except yaml.YAMLError as error:
        raise BadConfiguration([Problem(source, "", f"is not YAML: {_one_line(error)}")]) from error
    try:
        return form.model_validate({} if content is None else content)
    except ValidationError as error:
        raise BadConfiguration(problems_of(source, error)) from error


def _one_line(error: yaml.YAMLError) -> str:
    return " ".join(str(error).split())


class _OnceOnlyLoader(yaml.SafeLoader):
    """Refuses a key that is there twice, where YAML would take the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's own
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
