"""The clinic's configuration: read from YAML, checked as a whole, frozen for the rules."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from config.alarm_files import AlarmsFile
from config.alarms import alarm_rules, problems_of_alarms, problems_with_protocol
from config.dosing import dosing_rules, problems_of_dosing
from config.files import (
    DevicesFile,
    FreshnessEntry,
    ProtocolFile,
    SignalsFile,
    WardsFile,
    read_file,
)
from config.interventions import duty_rules, intervention_rules, problems_of_interventions
from config.observations import observation_rules, problems_of_observations, schedule_rules
from config.problems import BadConfiguration, Problem, shown_path
from config.recovery import discharge_rules, problems_of_recovery, score_rules
from config.treatment import course_rules, problems_of_treatment, session_rules, sign_off_rules
from infusion.configuration import (
    BedPlan,
    ClinicConfiguration,
    ClockRules,
    DeviceRules,
    Freshness,
    WardPlan,
)
from vocabulary.ids import SELF_TEST_DEVICE, DeviceId, WardId
from vocabulary.signals import SignalName


class _Files(msgspec.Struct, frozen=True, kw_only=True):
    wards: WardsFile
    devices: DevicesFile
    signals: SignalsFile
    protocol: ProtocolFile
    alarms: AlarmsFile


def read_clinic(config_dir: Path) -> ClinicConfiguration:
    """What the files in `config_dir` say. Raises BadConfiguration with every problem."""
    files = _read_files(config_dir)
    problems = [
        *_problems_of_wards(shown_path(config_dir / "wards.yaml"), files.wards),
        *_problems_of_devices(shown_path(config_dir / "devices.yaml"), files),
        *_problems_of_signals(shown_path(config_dir / "signals.yaml"), files.signals),
        *problems_of_treatment(shown_path(config_dir / "protocol.yaml"), files.protocol),
        *problems_of_observations(shown_path(config_dir / "protocol.yaml"), files.protocol),
        *problems_of_interventions(shown_path(config_dir / "protocol.yaml"), files.protocol),
        *problems_of_recovery(shown_path(config_dir / "protocol.yaml"), files.protocol),
        *problems_of_dosing(shown_path(config_dir / "protocol.yaml"), files.protocol),
        *problems_of_alarms(shown_path(config_dir / "alarms.yaml"), files.alarms),
        *problems_with_protocol(
            shown_path(config_dir / "alarms.yaml"), files.alarms, files.protocol
        ),
    ]
    if problems:
        raise BadConfiguration(problems)
    return _versioned(_build(files))


def choose_wards(clinic: ClinicConfiguration, wanted: Sequence[WardId]) -> tuple[WardId, ...]:
    """The wards a worker serves: `wanted`, or all. Raises BadConfiguration for an unknown one."""
    known = [plan.ward for plan in clinic.wards]
    unknown = [ward for ward in wanted if ward not in known]
    if unknown:
        raise BadConfiguration(
            Problem("settings", "wards", f"{ward!r} is not one of {', '.join(known)}")
            for ward in unknown
        )
    return tuple(ward for ward in known if not wanted or ward in wanted)


def _read_files(config_dir: Path) -> _Files:
    """All files, so that the problems of all are told at once."""
    problems: list[Problem] = []
    read: dict[str, object] = {}
    for name, form in (
        ("wards", WardsFile),
        ("devices", DevicesFile),
        ("signals", SignalsFile),
        ("protocol", ProtocolFile),
        ("alarms", AlarmsFile),
    ):
        try:
            read[name] = read_file(config_dir / f"{name}.yaml", form)
        except BadConfiguration as error:
            problems.extend(error.problems)
    if problems:
        raise BadConfiguration(problems)
    return msgspec.convert(read, _Files)


def _problems_of_wards(source: str, file: WardsFile) -> Iterator[Problem]:
    wards: set[WardId] = set()
    places: dict[DeviceId, str] = {}
    for ward_number, ward in enumerate(file.wards):
        key = f"wards[{ward_number}]"
        if ward.ward in wards:
            yield Problem(source, f"{key}.ward", f"{ward.ward!r} is there twice")
        wards.add(ward.ward)
        beds = set()
        labels = set()
        for bed_number, bed in enumerate(ward.beds):
            bed_key = f"{key}.beds[{bed_number}]"
            if bed.bed in beds:
                yield Problem(source, f"{bed_key}.bed", f"{bed.bed!r} is there twice")
            if bed.label in labels:
                yield Problem(source, f"{bed_key}.label", f"{bed.label!r} is there twice")
            beds.add(bed.bed)
            labels.add(bed.label)
            for device in bed.devices:
                place = f"bed {bed.bed} of {ward.ward}"
                if device in places:
                    yield Problem(
                        source, f"{bed_key}.devices", f"{device} already stands at {places[device]}"
                    )
                places[device] = place


def _problems_of_devices(source: str, files: _Files) -> Iterator[Problem]:
    registered = set()
    for number, device in enumerate(files.devices.registered):
        if device in registered:
            yield Problem(source, f"registered[{number}]", f"{device!r} is there twice")
        registered.add(device)
    if not files.devices.registered_only:
        return
    for ward in files.wards.wards:
        for bed in ward.beds:
            for device in bed.devices:
                if device not in registered:
                    yield Problem(
                        source, "registered", f"{device} of bed {bed.bed}, {ward.ward} is missing"
                    )


def _problems_of_signals(source: str, file: SignalsFile) -> Iterator[Problem]:
    for signal in SignalName:
        if signal not in file.signals:
            yield Problem(source, f"signals.{signal.value}", "is missing")


def _build(files: _Files) -> ClinicConfiguration:
    clock = files.devices.clock
    return ClinicConfiguration(
        version="",
        wards=tuple(
            WardPlan(
                ward=ward.ward,
                label=ward.label,
                beds=tuple(
                    BedPlan(bed=bed.bed, label=bed.label, devices=tuple(bed.devices))
                    for bed in ward.beds
                ),
            )
            for ward in files.wards.wards
        ),
        signals={signal: _freshness(files.signals.signals[signal]) for signal in SignalName},
        pump=_freshness(files.signals.pump),
        clocks=ClockRules(
            window_s=clock.window_s,
            steady_s=clock.steady_s,
            steady_spread_s=clock.steady_spread_s,
            limit_s=clock.limit_s,
            live_within_s=clock.live_within_s,
        ),
        devices=DeviceRules(
            registered_only=files.devices.registered_only,
            registered=frozenset([*files.devices.registered, SELF_TEST_DEVICE]),
            silent_after_s=files.devices.silent_after_s,
        ),
        planned_infusion_s=files.protocol.planned_infusion_min * 60,
        sessions=session_rules(files.protocol),
        course=course_rules(files.protocol),
        dosing=dosing_rules(files.protocol),
        sign_off=sign_off_rules(files.protocol),
        scores=score_rules(files.protocol),
        discharge=discharge_rules(files.protocol),
        observations=observation_rules(files.protocol),
        schedule=schedule_rules(files.protocol),
        interventions=intervention_rules(files.protocol),
        duty=duty_rules(files.protocol),
        alarms=alarm_rules(files.alarms),
    )


def _freshness(entry: FreshnessEntry) -> Freshness:
    return Freshness(late_after_s=entry.late_after_s, stale_after_s=entry.stale_after_s)


def _versioned(clinic: ClinicConfiguration) -> ClinicConfiguration:
    """`clinic` with its version: the same content always has the same one, on every machine."""
    content = msgspec.json.encode(clinic, order="deterministic")
    return msgspec.structs.replace(clinic, version=hashlib.sha256(content).hexdigest()[:12])
