"""The clinic's files: what the shipped ones say, and how bad ones are told."""

import re
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.clinic import choose_wards, read_clinic
from config.display import Night, Theme, local_time_zone, read_display
from config.problems import BadConfiguration
from infusion.configuration import ClockRules, Freshness
from vocabulary.ids import WardId
from vocabulary.roles import Audience
from vocabulary.signals import SIGNALS, SignalName

SHIPPED = Path(__file__).resolve().parents[3] / "config"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def refusal(config_dir: Path) -> list[str]:
    with pytest.raises(BadConfiguration) as caught:
        read_clinic(config_dir)
    return str(caught.value).splitlines()


def test_the_shipped_ward_is_the_demonstration_with_eight_chairs() -> None:
    clinic = read_clinic(SHIPPED)
    [ward] = clinic.wards
    assert ward.ward == "demo"
    assert [bed.bed for bed in ward.beds] == [str(number) for number in range(1, 9)]
    assert [bed.label for bed in ward.beds] == [f"Chair {number}" for number in range(1, 9)]
    assert all(bed.devices == (f"monitor-{bed.bed}", f"pump-{bed.bed}") for bed in ward.beds)


def test_the_shipped_times_are_those_of_the_schedule() -> None:
    clinic = read_clinic(SHIPPED)
    continuous = Freshness(late_after_s=3, stale_after_s=10)
    assert clinic.signals == {
        SignalName.HR: continuous,
        SignalName.PR: continuous,
        SignalName.SPO2: continuous,
        SignalName.RR: continuous,
        SignalName.ETCO2: Freshness(late_after_s=3, stale_after_s=15),
        SignalName.TEMP: Freshness(late_after_s=60, stale_after_s=900),
        SignalName.NIBP: Freshness(late_after_s=720, stale_after_s=900),
    }
    assert clinic.pump == continuous
    assert clinic.clocks == ClockRules(
        window_s=300, steady_s=5, steady_spread_s=1, limit_s=5, live_within_s=10
    )
    assert clinic.devices.silent_after_s == 10
    assert not clinic.devices.registered_only
    assert clinic.planned_infusion_s == 3600


def test_no_signal_is_late_before_its_next_value_can_come() -> None:
    for name, freshness in read_clinic(SHIPPED).signals.items():
        period_s = SIGNALS[name].period_s
        assert period_s is None or freshness.late_after_s > period_s


def test_the_version_names_the_content_and_nothing_else(config_dir: Path) -> None:
    before = read_clinic(config_dir).version
    assert len(before) == 12
    assert before == read_clinic(SHIPPED).version
    change(config_dir / "wards.yaml", "wards:\n", "# a remark\nwards:\n")
    assert read_clinic(config_dir).version == before
    change(config_dir / "signals.yaml", "stale_after_s: 10", "stale_after_s: 11")
    assert read_clinic(config_dir).version != before


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "wards.yaml", '{bed: "2"', "{bed: 2",
            ("config/wards.yaml: wards[0].beds[1].bed: should be a valid string, not 2: "
            "put it in quotes"),
        ),
        (
            "wards.yaml", '{bed: "2"', '{bed: "1"',
            "config/wards.yaml: wards[0].beds[1].bed: '1' is there twice",
        ),
        (
            "wards.yaml", "Chair 2", "Chair 1",
            "config/wards.yaml: wards[0].beds[1].label: 'Chair 1' is there twice",
        ),
        (
            "wards.yaml", "[monitor-3, pump-3]", "[monitor-3, pump-1]",
            "config/wards.yaml: wards[0].beds[2].devices: pump-1 already stands at bed 1 of demo",
        ),
        (
            "wards.yaml", "[monitor-3, pump-3]", "[monitor 3, pump-3]",
            ("config/wards.yaml: wards[0].beds[2].devices[0]: 'monitor 3' must be "
            "1 to 64 of a-z A-Z 0-9 _ -"),
        ),
        (
            "wards.yaml", "label: Demonstration ward", "lable: Demonstration ward",
            ("config/wards.yaml: wards[0].label: is missing\n"
            "config/wards.yaml: wards[0].lable: no such key; check its spelling"),
        ),
        (
            "signals.yaml", "{late_after_s: 3, stale_after_s: 15}",
            "{late_after_s: 15, stale_after_s: 15}",
            ("config/signals.yaml: signals.etco2: late_after_s 15 must be less than "
            "stale_after_s 15"),
        ),
        (
            "signals.yaml", "  etco2: {", "  co2: {",
            ("config/signals.yaml: signals.co2: should be "
            "'hr', 'pr', 'spo2', 'rr', 'etco2', 'temp' or 'nibp', not 'co2'"),
        ),
        (
            "signals.yaml", "  etco2: {", "  # etco2: {",
            "config/signals.yaml: signals.etco2: is missing",
        ),
        (
            "signals.yaml", "  hr: {late_after_s: 3,", "  hr: {late_after_s: -3,",
            "config/signals.yaml: signals.hr.late_after_s: should be greater than 0, not -3",
        ),
        (
            "devices.yaml", "silent_after_s: 10", "silent_after_s: .nan",
            "config/devices.yaml: silent_after_s: should be a finite number, not nan",
        ),
        (
            "devices.yaml", "silent_after_s: 10", 'silent_after_s: "10"',
            "config/devices.yaml: silent_after_s: should be a valid number, not '10'",
        ),
        (
            "devices.yaml", "steady_s: 5", "steady_s: 300",
            "config/devices.yaml: clock: steady_s 300 must be less than window_s 300",
        ),
        (
            "devices.yaml", "registered: []", "registered: [a, a]",
            "config/devices.yaml: registered[1]: 'a' is there twice",
        ),
        (
            "protocol.yaml", "planned_infusion_min: 60", "planned_infusion_min:",
            "config/protocol.yaml: planned_infusion_min: should be a valid number, not empty",
        ),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_with_file_key_and_reason(
    config_dir: Path, file: str, old: str, new: str, told: str
) -> None:
    change(config_dir / file, old, new)
    assert refusal(config_dir) == told.splitlines()


def test_a_ward_that_is_there_twice_is_refused(config_dir: Path) -> None:
    (config_dir / "wards.yaml").write_text(
        "wards:\n"
        '  - {ward: a, label: A, beds: [{bed: "1", label: Bed 1}]}\n'
        '  - {ward: a, label: B, beds: [{bed: "1", label: Bed 1}]}\n'
    )
    assert refusal(config_dir) == ["config/wards.yaml: wards[1].ward: 'a' is there twice"]


def test_two_wards_may_name_their_beds_alike(config_dir: Path) -> None:
    (config_dir / "wards.yaml").write_text(
        "wards:\n"
        '  - {ward: a, label: A, beds: [{bed: "1", label: Bed 1}]}\n'
        '  - {ward: b, label: B, beds: [{bed: "1", label: Bed 1}]}\n'
    )
    assert [ward.ward for ward in read_clinic(config_dir).wards] == ["a", "b"]


def test_where_devices_must_be_registered_those_at_beds_are(config_dir: Path) -> None:
    change(config_dir / "devices.yaml", "registered_only: false", "registered_only: true")
    change(config_dir / "devices.yaml", "registered: []", "registered: [monitor-1]")
    told = refusal(config_dir)
    assert len(told) == 15
    assert told[0] == "config/devices.yaml: registered: pump-1 of bed 1, demo is missing"


def test_a_key_that_is_there_twice_is_refused(config_dir: Path) -> None:
    change(config_dir / "devices.yaml", "silent_after_s: 10", "silent_after_s: 10\nregistered: []")
    [told] = refusal(config_dir)
    assert told.startswith("config/devices.yaml: is not YAML: the key 'registered' is there twice")


@pytest.mark.parametrize("content", ["wards: [", "\t- a", "wards: *nobody", "!!python/name:os.x"])
def test_what_is_not_yaml_is_told_on_one_line(config_dir: Path, content: str) -> None:
    (config_dir / "wards.yaml").write_text(content)
    [told] = refusal(config_dir)
    assert told.startswith("config/wards.yaml: is not YAML: ")


def test_missing_files_are_named_all_at_once(config_dir: Path) -> None:
    (config_dir / "wards.yaml").unlink()
    (config_dir / "devices.yaml").write_text("")
    told = refusal(config_dir)
    assert told[0] == "config/wards.yaml: cannot be read: No such file or directory"
    assert "config/devices.yaml: clock: is missing" in told


def test_a_worker_serves_the_wards_it_is_given_or_all() -> None:
    clinic = read_clinic(SHIPPED)
    assert choose_wards(clinic, ()) == ("demo",)
    assert choose_wards(clinic, (WardId("demo"),)) == ("demo",)
    with pytest.raises(BadConfiguration, match=r"settings: wards: 'east' is not one of demo"):
        choose_wards(clinic, (WardId("east"),))


def test_screens_begin_dark_public_and_dim_at_night() -> None:
    display = read_display(SHIPPED)
    assert display.theme is Theme.DARK
    assert display.audience is Audience.PUBLIC
    assert display.night == Night(begins=time(21), ends=time(7))
    assert ZoneInfo(display.time_zone)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("theme: dark", "theme: blue", "theme: should be 'dark' or 'light', not 'blue'"),
        ("time_zone: local", "time_zone: Europe/Berlim",
         "time_zone: 'Europe/Berlim' is not in the tz database; write it like Europe/Vienna"),
        ('"21:00"', "21:00",
         "night.begins: should be a valid string, not 1260: put it in quotes"),
        ('"21:00"', '"07:00"',
         "night: begins and ends are the same; leave `night` empty to never dim"),
        ("{low: 85, high: 100}", "{low: 100, high: 85}",
         "spark.spo2_percent: low 100 must be less than high 85"),
    ],
)  # fmt: skip
def test_a_bad_display_value_is_told(config_dir: Path, old: str, new: str, told: str) -> None:
    change(config_dir / "display.yaml", old, new)
    with pytest.raises(BadConfiguration) as caught:
        read_display(config_dir)
    assert str(caught.value) == f"config/display.yaml: {told}"


def test_a_clinic_that_never_dims_leaves_night_empty(config_dir: Path) -> None:
    change(config_dir / "display.yaml", 'night: {begins: "21:00", ends: "07:00"}', "night:")
    assert read_display(config_dir).night is None


def test_a_clinic_without_spark_lines_leaves_spark_empty(config_dir: Path) -> None:
    lines = read_display(SHIPPED).spark
    assert lines is not None
    assert lines.window_s == 1800
    text = (config_dir / "display.yaml").read_text()
    (config_dir / "display.yaml").write_text(
        re.sub(r"(?s)^spark:\n(  .*?\n)+", "spark:\n", text, flags=re.MULTILINE)
    )
    assert read_display(config_dir).spark is None


def test_the_local_time_zone_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Australia/Perth")
    assert local_time_zone() == "Australia/Perth"
    monkeypatch.setenv("TZ", "no such zone")
    assert ZoneInfo(local_time_zone())
