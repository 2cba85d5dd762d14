"""Recordings of real monitors: what was not measured stays not measured."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.device import NEVER_MS
from simulator.recorded import record_run
from simulator.replay import RecordingFormat, playback, read_recording
from simulator.rows import BadRecording
from vocabulary.ids import DeviceId, WardId
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import DeviceState, InvalidReason
from wire.decoding import decode
from wire.messages import DeviceAlarm, DeviceMessage, Status, Vitals

Play = Callable[..., list[DeviceMessage]]


@pytest.fixture
def play(start_ms: int) -> Play:
    """Play a recording through a file's worth of arrivals, decoded."""

    def run(path: Path, format_: RecordingFormat | None = None) -> list[DeviceMessage]:
        recording = read_recording(path, format_, None)
        station = playback(recording, DeviceId("real"), start_ms)
        end_ms = start_ms + recording.duration_ms
        arrivals = record_run([station], WardId("demo"), seed=0, end_ms=end_ms, goodbye=True)
        return [decode(arrival.topic, arrival.payload_bytes())[1] for arrival in arrivals]

    return run


@pytest.fixture
def mimic(shared_data: Path) -> Path:
    return shared_data / "vitals" / "mimic_s00001" / "s00001-2896-10-10-00-31n.csv"


def test_the_real_thirty_two_hours_run_through_without_a_zero(play: Play, mimic: Path) -> None:
    messages = play(mimic)
    vitals = [message for message in messages if isinstance(message, Vitals)]
    assert len(vitals) == 1936
    assert (vitals[-1].time - vitals[0].time).total_seconds() == 1935 * 60
    for name in ("hr", "pr", "rr", "spo2"):
        values = [getattr(message, name) for message in vitals]
        given = [value for value in values if value is not None]
        assert all(
            SIGNALS[SignalName(name)].possible.contains(value) or value > 0 for value in given
        )
        assert 0 not in given
    assert sum(message.spo2 is None for message in vitals) == 363
    assert sum(message.hr is None for message in vitals) == 46
    assert min(m.spo2 for m in vitals if m.spo2 is not None) == 91.9


def test_cuff_readings_of_the_real_recording_are_spot_readings(play: Play, mimic: Path) -> None:
    cuffs = [m.nibp for m in play(mimic) if isinstance(m, Vitals) and m.nibp]
    assert len(cuffs) == 152
    assert (cuffs[0].sys, cuffs[0].dia, cuffs[0].map) == (120.0, 72.0, 89.0)


def test_a_zero_after_a_number_is_named_as_sensor_off_and_before_one_is_not(
    play: Play, mimic: Path
) -> None:
    vitals = [m for m in play(mimic) if isinstance(m, Vitals)]
    assert SignalName.SPO2 not in vitals[0].invalid
    assert vitals[14].spo2 == 96.0
    assert vitals[15].invalid[SignalName.SPO2] is InvalidReason.SENSOR_OFF
    assert vitals[-1].invalid[SignalName.HR] is InvalidReason.LEAD_OFF


def test_a_recording_begins_with_a_birth_and_ends_with_a_goodbye(play: Play, mimic: Path) -> None:
    messages = play(mimic)
    assert isinstance(messages[0], Status)
    assert messages[0].state is DeviceState.ONLINE
    assert isinstance(messages[-1], Status)
    assert messages[-1].state is DeviceState.SHUTDOWN


def test_a_row_can_be_played_every_few_seconds(mimic: Path, start_ms: int) -> None:
    recording = read_recording(mimic, None, 2.0)
    device = playback(recording, DeviceId("real"), start_ms).device
    times = [device.next_ms for _ in range(4) if device.step()]
    assert times == [start_ms + 2000 * n for n in range(1, 5)]
    assert recording.duration_ms == 1936 * 2000
    while device.next_ms != NEVER_MS:
        assert device.step()


@pytest.mark.parametrize("name", ["Ivy450C.1.data", "Ivy450C.1.lines.txt"])
def test_the_ivy_serial_line_is_read_with_and_without_its_waves(
    play: Play, shared_data: Path, name: str
) -> None:
    messages = play(shared_data / "device" / "ivy450c" / name)
    vitals = [message for message in messages if isinstance(message, Vitals)]
    assert len(vitals) == 28
    assert {(m.hr, m.pr, m.spo2, m.rr) for m in vitals} == {(80.0, 80.0, 100.0, 35.0)}
    assert all(m.etco2 is None and m.temp is None for m in vitals)
    assert [m.nibp is not None for m in vitals] == [True] + [False] * 27
    assert vitals[0].nibp is not None
    assert (vitals[0].nibp.sys, vitals[0].nibp.dia, vitals[0].nibp.map) == (121, 75, 92)
    alarms = [message for message in messages if isinstance(message, DeviceAlarm)]
    assert [(a.alarm.value, a.phase.value, a.text) for a in alarms] == [
        ("apnea", "start", "APNEA: 20 SEC")
    ]


def test_an_ivy_alarm_ends_when_its_text_is_gone_and_a_text_stands_for_a_value(
    play: Play, tmp_path: Path
) -> None:
    path = tmp_path / "line.txt"
    path.write_bytes(
        b"\xfbHR=1;80;ECG-II-DIAG;\rRR=1;;APNEA: 20 SEC;\rSPO2=1;;SENSOR OFF;PR= ;\r"
        b"\x00\x80HR=1;;LEADS OFF;\rRR=1;12;;\rSPO2=1;98;PR=79 ;\rT1=1;36.8;;\r"
    )
    messages = play(path, RecordingFormat.IVY)
    vitals = [message for message in messages if isinstance(message, Vitals)]
    assert vitals[0].invalid == {SignalName.SPO2: InvalidReason.SENSOR_OFF}
    assert (vitals[0].hr, vitals[0].rr) == (80.0, None)
    assert vitals[1].invalid == {SignalName.HR: InvalidReason.LEAD_OFF}
    assert (vitals[1].rr, vitals[1].spo2, vitals[1].pr, vitals[1].temp) == (12, 98, 79, 36.8)
    phases = [m.phase.value for m in messages if isinstance(m, DeviceAlarm)]
    assert phases == ["start", "end"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no column 'minute'"),
        ("HR,SpO2\n60,97\n", "no column 'minute'"),
        ("minute,pulse_ox\n0,97\n", "unknown columns pulse_ox"),
        ("minute,ABPSys\n0,97\n", "no column with a vital sign"),
        ("minute,HR\n0,60\n1,fast\n", "line 3, HR: not a number: 'fast'"),
        ("minute,HR\n1,60\n1,61\n", "line 3: minute 1.0 does not come after"),
        ("minute,HR\n", "no row"),
    ],
)
def test_a_bad_csv_says_line_and_reason(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadRecording, match=r"bad\.csv") as refused:
        read_recording(path, None, None)
    assert reason in str(refused.value)


def test_a_file_without_a_line_of_the_monitor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.data"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(BadRecording, match="no line of an Ivy 450C"):
        read_recording(path, None, None)
    with pytest.raises(BadRecording, match="cannot be read"):
        read_recording(tmp_path / "none", None, None)
