"""A scenario: a ward of beds, each with a patient, a monitor and a pump, on a time line.

Minutes count from the scenario's start; `history_min` is where the demonstration's present lies.
Within an infusion `after_min` counts from its start.
"""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import msgspec

from simulator.faults import MONITOR_FAULTS, Fault, Minute
from simulator.fields import ClockOffset, Name, NotNegative, Part, Percent, Positive, Weight
from simulator.story import CuffPress, Episode, LiveWindow, Truth
from simulator.treatment import Infusion, check_repetition
from simulator.yaml_file import BadFile, read_yaml
from vocabulary.alarms import AlarmPriority, DeviceAlarmCode

SCENARIOS = Path(__file__).with_name("scenarios")
STORIES = SCENARIOS / "stories"


class PatientSpec(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a patient; what is left out is drawn."""

    sys_mmhg: Positive | None = None
    dia_mmhg: Positive | None = None
    hr_per_min: Positive | None = None
    rr_per_min: Positive | None = None
    spo2_percent: Percent | None = None
    etco2_mmhg: Positive | None = None
    temp_cel: Positive | None = None
    sensitivity: NotNegative | None = None
    hr_per_min_per_ng_ml: float | None = None


class MonitorSpec(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bedside monitor; `clock_offset_s` is how far its clock is ahead."""

    device: Name
    clock_offset_s: ClockOffset = 0.0
    etco2: bool = False


class PumpSpec(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An infusion pump. After completion it keeps the vein open at `kvo_ml_h` (0: it stops).

    `weight_kg` is the weight that was typed into it, the patient's if left out.
    It gives its pre-alarm when `near_end_share` of the volume is in (the last tenth, as B. Braun
    pumps do); without KVO somebody ends its completion alarm after `complete_alarm_min`. KVO
    rates run from 0.1 to 20 mL/h (Alaris) and never exceed the rate of the infusion.
    `dose_rate_factor`: the dose rate that it tells is so many times what its rate gives.
    """

    device: Name
    clock_offset_s: ClockOffset = 0.0
    weight_kg: Weight | None = None
    drug: str = "ketamine"
    concentration_mg_ml: Positive
    dose_rate_factor: Positive = 1.0
    kvo_ml_h: NotNegative = 1.0
    kvo_for_min: NotNegative = 3.0
    near_end_share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.9
    complete_alarm_min: Positive = 1.0
    mains: bool = True
    battery_percent: Percent = 100.0
    battery_percent_per_min: NotNegative = 0.2


class Bed(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bed with its patient and devices. The devices never say which bed it is."""

    bed: Name
    weight_kg: Weight
    monitor: MonitorSpec | None = None
    pump: PumpSpec | None = None
    patient: PatientSpec = PatientSpec()
    infusion: Infusion | None = None


class AlarmSpec(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm that a device raises by itself from `at_min` for `for_min` (left out: stays).

    `stops_flow` is for pumps: drug stops while it lasts.
    """

    device: Name
    alarm: DeviceAlarmCode
    priority: AlarmPriority
    at_min: Minute
    for_min: Positive | None = None
    text: str = ""
    stops_flow: bool = False


class Generate(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beds that need no writing down: bed n has `monitor-n`, `pump-n` and a weight in turn.

    Infusions start `stagger_min` apart, beginning at `first_start_min`. `cuffs_at_min`: when
    somebody starts the cuff. `people` is what people do at each of them, carried through.
    """

    beds: Annotated[int, msgspec.Meta(ge=1, le=2000)]
    dose_mg_kg: Positive
    over_min: Positive
    concentration_mg_ml: Positive
    first_start_min: Minute = 0.0
    stagger_min: Minute = 3.0
    repeat_every_min: Positive | None = None
    weights_kg: Annotated[tuple[Weight, ...], msgspec.Meta(min_length=1)] = (70.0,)
    etco2_every: Annotated[int, msgspec.Meta(ge=0)] = 0
    cuffs_at_min: tuple[Minute, ...] = ()
    people: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        check_repetition(self.over_min, self.repeat_every_min)


class Scenario(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole ward from one file.

    `scripted`: nothing is left to chance that could set off an alarm (see `without_chance`).
    `cuffs_repeated`: somebody repeats a cuff that reads high.
    `people` is what people do, carried through for whoever plays them.
    `live`: what of a story can be watched live, if anything.
    """

    name: Name
    ward: Name
    history_min: Positive = 100.0
    scripted: bool = False
    cuffs_repeated: bool = False
    beds: tuple[Bed, ...] = ()
    generate: Generate | None = None
    faults: tuple[Fault, ...] = ()
    alarms: tuple[AlarmSpec, ...] = ()
    episodes: tuple[Episode, ...] = ()
    cuffs: tuple[CuffPress, ...] = ()
    people: tuple[dict[str, Any], ...] = ()
    truth: Truth = Truth()
    live: LiveWindow | None = None


def packaged_scenarios() -> list[str]:
    """The scenarios that come with the simulator, by name."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def packaged_stories() -> list[str]:
    """The stories that come with the simulator, each with its ground truth, by name."""
    return sorted(path.stem for path in STORIES.glob("*.yaml"))


def live_stories() -> list[str]:
    """Those of them of which a part can be watched live."""
    return [name for name in packaged_stories() if read_scenario(name).live is not None]


def scenario_path(name: str) -> Path:
    """Where a scenario or story is, given by name or path. Raises BadFile if there is none."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        return path
    for folder in (SCENARIOS, STORIES):
        path = folder / f"{name}.yaml"
        if path.exists():
            return path
    known = ", ".join(packaged_scenarios() + packaged_stories())
    raise BadFile(f"no scenario {name!r}: known are {known}, or give the path of a .yaml")


def read_scenario(name: str, *, beds: int | None = None) -> Scenario:
    """Read a scenario by name or by path; `beds` overrides how many are generated.

    Raises BadFile naming file, key and reason.
    """
    path = scenario_path(name)
    scenario = read_yaml(path, Scenario)
    if beds is not None:
        if scenario.generate is None:
            raise BadFile(f"{path}: --beds needs a scenario with the key generate")
        grown = msgspec.structs.replace(scenario.generate, beds=beds)
        scenario = msgspec.structs.replace(scenario, generate=grown)
    scenario = _with_generated_beds(scenario)
    _check(scenario, path)
    return scenario


def _with_generated_beds(scenario: Scenario) -> Scenario:
    plan = scenario.generate
    if plan is None:
        return scenario
    generated = tuple(_generated_bed(plan, index) for index in range(plan.beds))
    people = () if plan.people is None else tuple({**plan.people, "bed": b.bed} for b in generated)
    cuffs = tuple(
        CuffPress(bed=bed.bed, at_min=at_min) for bed in generated for at_min in plan.cuffs_at_min
    )
    return msgspec.structs.replace(
        scenario,
        beds=scenario.beds + generated,
        people=scenario.people + people,
        cuffs=scenario.cuffs + cuffs,
    )


def _generated_bed(plan: Generate, index: int) -> Bed:
    number = index + 1
    return Bed(
        bed=str(number),
        weight_kg=plan.weights_kg[index % len(plan.weights_kg)],
        monitor=MonitorSpec(
            device=f"monitor-{number}",
            etco2=plan.etco2_every > 0 and number % plan.etco2_every == 0,
        ),
        pump=PumpSpec(device=f"pump-{number}", concentration_mg_ml=plan.concentration_mg_ml),
        infusion=Infusion(
            start_min=plan.first_start_min + index * plan.stagger_min,
            dose_mg_kg=plan.dose_mg_kg,
            over_min=plan.over_min,
            repeat_every_min=plan.repeat_every_min,
        ),
    )


def _check(scenario: Scenario, path: Path) -> None:
    _check_beds(scenario, path)
    _check_devices(scenario, path)
    _check_story(scenario, path)


def _check_beds(scenario: Scenario, path: Path) -> None:
    seen = set()
    for number, bed in enumerate(scenario.beds):
        if bed.bed in seen:
            raise BadFile(f"{path}: beds[{number}].bed: bed {bed.bed!r} is there twice")
        seen.add(bed.bed)
        if bed.infusion is not None and bed.pump is None:
            raise BadFile(f"{path}: beds[{number}].infusion: bed {bed.bed!r} has no pump")


def _check_devices(scenario: Scenario, path: Path) -> None:
    monitors = [bed.monitor.device for bed in scenario.beds if bed.monitor]
    pumps = [bed.pump.device for bed in scenario.beds if bed.pump]
    devices = monitors + pumps
    if not devices:
        raise BadFile(f"{path}: beds: no bed has a monitor or a pump")
    twice = next((name for name, count in Counter(devices).items() if count > 1), None)
    if twice is not None:
        raise BadFile(f"{path}: beds: device {twice!r} stands at two beds")
    for number, fault in enumerate(scenario.faults):
        where = f"{path}: faults[{number}].device"
        if fault.device not in devices:
            raise BadFile(f"{where}: no device {fault.device!r} in this scenario")
        if isinstance(fault, MONITOR_FAULTS) and fault.device not in monitors:
            raise BadFile(f"{where}: {fault.device!r} is not a monitor, this fault needs one")
    for number, alarm in enumerate(scenario.alarms):
        where = f"{path}: alarms[{number}]"
        if alarm.device not in devices:
            raise BadFile(f"{where}.device: no device {alarm.device!r} in this scenario")
        if alarm.stops_flow and alarm.device not in pumps:
            raise BadFile(f"{where}.stops_flow: {alarm.device!r} is not a pump")


def _check_story(scenario: Scenario, path: Path) -> None:
    watched = {bed.bed for bed in scenario.beds if bed.monitor}
    beds = {bed.bed for bed in scenario.beds}
    truth = scenario.truth
    named = [
        *(("episodes", n, item.bed, watched) for n, item in enumerate(scenario.episodes)),
        *(("cuffs", n, item.bed, watched) for n, item in enumerate(scenario.cuffs)),
        *(("truth.raised", n, item.bed, beds) for n, item in enumerate(truth.raised)),
        *(("truth.never", n, item.bed, beds) for n, item in enumerate(truth.never)),
    ]
    for key, number, bed, known in named:
        if bed is not None and bed not in known:
            missing = "monitor at a bed" if known is watched else "bed"
            raise BadFile(f"{path}: {key}[{number}].bed: no {missing} {bed!r}")
