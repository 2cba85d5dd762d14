"""The clinic's YAML files, as they are written. Unknown and missing keys are refused."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)

from config.problems import BadConfiguration, Problem, problems_of, shown_path
from vocabulary.ids import NAME_PATTERN, BedId, DeviceId, WardId
from vocabulary.roles import Audience
from vocabulary.signals import SignalName

LOCAL_TIME_ZONE: Final = "local"


def _check_name(name: str) -> str:
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(f"{name!r} must be 1 to 64 of a-z A-Z 0-9 _ -")
    return name


def _check_time_zone(name: str) -> str:
    if name != LOCAL_TIME_ZONE and name not in available_timezones():
        raise ValueError(f"{name!r} is not in the tz database; write it like Europe/Vienna")
    return name


_Name = AfterValidator(_check_name)
_Label = Annotated[str, Field(min_length=1, max_length=40)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_FromText = Strict(strict=False)  # an enum is written as its value


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class BedEntry(_File):
    """One bed or chair of `wards.yaml`."""

    bed: Annotated[BedId, _Name]
    label: _Label
    devices: list[Annotated[DeviceId, _Name]] = []


class WardEntry(_File):
    """One ward of `wards.yaml`."""

    ward: Annotated[WardId, _Name]
    label: _Label
    beds: Annotated[list[BedEntry], Field(min_length=1)]


class WardsFile(_File):
    """`wards.yaml`."""

    wards: Annotated[list[WardEntry], Field(min_length=1)]


class ClockEntry(_File):
    """How clocks are judged, seconds: `clock` of `devices.yaml`."""

    window_s: _Positive
    steady_s: _Positive
    steady_spread_s: _Positive
    limit_s: _Positive
    live_within_s: _Positive

    @model_validator(mode="after")
    def _fits_together(self) -> "ClockEntry":
        if self.steady_s >= self.window_s:
            raise ValueError(
                f"steady_s {self.steady_s:g} must be less than window_s {self.window_s:g}"
            )
        return self


class DevicesFile(_File):
    """`devices.yaml`."""

    registered_only: bool
    registered: list[Annotated[DeviceId, _Name]]
    silent_after_s: _Positive
    clock: ClockEntry


class FreshnessEntry(_File):
    """How old a number may be, seconds."""

    late_after_s: _Positive
    stale_after_s: _Positive

    @model_validator(mode="after")
    def _late_comes_first(self) -> "FreshnessEntry":
        if self.late_after_s >= self.stale_after_s:
            raise ValueError(
                f"late_after_s {self.late_after_s:g} must be less than "
                f"stale_after_s {self.stale_after_s:g}"
            )
        return self


class SignalsFile(_File):
    """`signals.yaml`."""

    signals: dict[Annotated[SignalName, _FromText], FreshnessEntry]
    pump: FreshnessEntry


class ProtocolFile(_File):
    """`protocol.yaml`."""

    planned_infusion_min: _Positive


class NightEntry(_File):
    """When screens dim by themselves, in the clinic's time."""

    begins: _TimeOfDay
    ends: _TimeOfDay

    @model_validator(mode="after")
    def _has_a_length(self) -> "NightEntry":
        if self.begins == self.ends:
            raise ValueError("begins and ends are the same; leave `night` empty to never dim")
        return self


class DisplayFile(_File):
    """`display.yaml`."""

    clinic: _Label
    time_zone: Annotated[str, AfterValidator(_check_time_zone)]
    theme: Literal["dark", "light"]
    audience: Annotated[Audience, _FromText]
    night: NightEntry | None


_AnyFile = TypeVar("_AnyFile", bound=_File)


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
