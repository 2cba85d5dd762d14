"""No second alert for one condition within a minute; and no recurrence that is hidden."""

from datetime import timedelta

import msgspec
import pytest

from infusion.alarms.engine import DeviceRestarted
from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    AlarmReturned,
    InactivationEnd,
    InactivationEnded,
    SignalsHeldBack,
)
from infusion.alarms.log import alarm_log
from infusion.alarms.signals import sound_of
from infusion.alarms.state import BedAlarms
from tests.fixtures.alarmed import AlarmedBed
from tests.fixtures.session import MONITOR, NORA, PUMP
from vocabulary.alarms import (
    AlarmCode,
    AlarmPhase,
    AlarmPriority,
    DeviceAlarmCode,
    Inactivation,
    SignalState,
)
from vocabulary.ids import BootId
from vocabulary.states import DeviceLink

LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
ACTIVE, SEEN = SignalState.ACTIVE, SignalState.ACKNOWLEDGED
LOST = AlarmCode.DEVICE_LOST


def sound(bed: AlarmedBed) -> AlarmPriority | None:
    return sound_of(bed.state.alarms.values(), bed.state.held)


def lost(bed: AlarmedBed, seconds: int) -> AlarmedBed:
    return bed.link(MONITOR, DeviceLink.OFFLINE).wait(seconds)


def back(bed: AlarmedBed, seconds: int) -> AlarmedBed:
    return bed.link(MONITOR, DeviceLink.ONLINE).run(seconds)


def pause(bed: AlarmedBed) -> None:
    until = bed.now + timedelta(seconds=120)
    bed.deed(SignalsHeldBack, inactivation=Inactivation.AUDIO_PAUSED, until=until, by=NORA)


def begins(bed: AlarmedBed) -> list[bool]:
    """Of each time that an alarm showed itself, whether that was news."""
    return [
        event.sounds_again if isinstance(event, AlarmChanged | AlarmReturned) else True
        for event in bed.events
        if isinstance(event, AlarmRaised | AlarmChanged | AlarmReturned)
    ]


# What nobody has seen goes on.


def test_what_is_back_soon_and_was_not_seen_goes_on_and_is_no_second_alert() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30)
    assert sound(bed) is None
    bed.run(15, hr=115.0)
    assert begins(bed) == [True, False]
    assert sound(bed) is MEDIUM, "it is not hidden: its signal goes on"
    alarm = bed.alarm(AlarmCode.HR_HIGH)
    assert (alarm.state, alarm.times) == (ACTIVE, 2)
    assert alarm.sounds_since == alarm.raised_at


def test_a_high_alarm_that_comes_and_goes_unseen_is_escalated_as_if_it_had_stood() -> None:
    bed = AlarmedBed().run(4, spo2=82.0)
    raised = bed.second
    for _ in range(4):
        bed.run(20).run(15, spo2=82.0)
    assert begins(bed) == [True, False, False, False, False]
    assert [e.step for e in bed.told(AlarmEscalated)] == [1, 2, 3]
    assert all(e.at >= bed.told(AlarmRaised)[0].at for e in bed.told(AlarmEscalated))
    assert bed.second - raised == 140


def test_a_link_that_flaps_for_ten_minutes_begins_to_sound_once() -> None:
    bed = AlarmedBed().run(10)
    for _ in range(24):
        back(lost(bed, 12), 13)
    assert begins(bed).count(True) == 1
    assert alarm_log(bed.events)[0].times == 24
    assert alarm_log(bed.events)[0].sounded == 1


def test_a_latched_alarm_that_is_back_after_a_minute_of_silence_is_news() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(15 + 58).run(8, spo2=84.0)
    assert begins(bed) == [True, True]
    alarm = bed.alarm(AlarmCode.SPO2_LOW)
    assert alarm.sounds_since == bed.told(AlarmReturned)[0].at
    assert alarm.escalated == 0


def test_what_gets_worse_again_within_a_minute_is_no_second_alert() -> None:
    bed = AlarmedBed().run(20, spo2=88.0).run(20, spo2=91.0).run(12, spo2=88.0)
    assert [(e.reasons[0].priority, e.sounds_again) for e in bed.told(AlarmChanged)] == [
        (MEDIUM, False),
        (HIGH, False),
    ]
    assert sound(bed) is HIGH
    assert bed.alarm(AlarmCode.SPO2_LOW).sounds_since == bed.told(AlarmRaised)[0].at


def test_between_silent_and_medium_and_back_there_is_one_alert_a_minute_at_most() -> None:
    bed = AlarmedBed()
    for _ in range(8):
        bed.run(12, hr=113.0).run(17, hr=104.0)
    assert len(begins(bed)) > 8
    loud = [e for e in alarm_log(bed.events) if e.sounded]
    assert [record.sounded for record in loud] == [1]


# What is more urgent, or another matter, is news at once.


def test_what_is_back_more_urgently_is_news_however_soon() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30).run(12, hr=134.0)
    alarm = bed.alarm(AlarmCode.HR_HIGH)
    assert (alarm.priority, alarm.times) == (HIGH, 2)
    assert begins(bed)[-1]
    assert alarm.sounds_since > alarm.raised_at


def test_another_sensor_is_another_matter_once_the_first_was_seen() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge()
    bed.run(20, spo2=None, hr=None, pr=None)
    assert bed.told(AlarmChanged)[-1].sounds_again
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is ACTIVE


def test_another_sensor_does_not_begin_a_signal_that_sounds_already() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None)
    since = bed.alarm(AlarmCode.SIGNAL_MISSING).sounds_since
    bed.run(20, spo2=None, hr=None, pr=None)
    assert not bed.told(AlarmChanged)[-1].sounds_again
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).sounds_since == since, "its escalation goes on"


# What somebody has seen.


def test_equipment_that_is_back_soon_after_it_was_seen_stays_acknowledged() -> None:
    bed = back(lost(AlarmedBed().run(10), 5).acknowledge(), 20)
    lost(bed, 1)
    alarm = bed.alarm(LOST)
    assert (alarm.state, alarm.times) == (SEEN, 2)
    assert alarm.acknowledged is not None
    assert alarm.acknowledged.by == NORA
    assert sound(bed) is None
    assert begins(bed) == [True, False]
    back(bed, 20)
    assert bed.told(AlarmEnded)[-1].how is AlarmEnd.CLEARED


def test_equipment_that_is_back_a_minute_after_it_was_seen_sounds_again() -> None:
    bed = back(lost(AlarmedBed().run(10), 5).acknowledge(), 40)
    lost(bed, 14)
    back(bed, 10)
    lost(bed, 1)
    assert begins(bed) == [True, False, True]
    assert bed.alarm(LOST).state is ACTIVE


# What came back after it was seen, and stays.


def test_equipment_that_came_back_after_it_was_seen_and_stays_is_heard_a_minute_after_that() -> (
    None
):
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge()
    seen_at = bed.second
    bed.run(5)
    bed.run(54, spo2=None)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is SEEN
    assert sound(bed) is None
    bed.run(1, spo2=None)
    alarm = bed.alarm(AlarmCode.SIGNAL_MISSING)
    assert (alarm.state, alarm.times, bed.second - seen_at) == (ACTIVE, 2, 60)
    assert sound(bed) is MEDIUM
    heard = bed.told(AlarmChanged)[-1]
    assert (heard.sounds_again, heard.was, heard.text) == (True, MEDIUM, "no SpO2 for 15 s")
    assert alarm_log(bed.events)[0].sounded == 2
    bed.run(300, spo2=None)
    escalated = [(e.at - heard.at).total_seconds() for e in bed.told(AlarmEscalated)]
    assert escalated == [120, 300], "its escalation begins then"
    assert begins(bed) == [True, False, True], "and it is said once"


def test_who_sees_it_again_is_left_alone_until_it_is_back_once_more() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge().run(5)
    bed.run(55, spo2=None).acknowledge().run(600, spo2=None)
    assert begins(bed) == [True, False, True]
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is SEEN


def test_what_was_seen_and_never_went_away_stays_seen() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge().run(600, spo2=None)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is SEEN


def test_what_is_on_its_way_to_be_over_when_the_minute_ends_is_not_heard() -> None:
    bed = back(lost(AlarmedBed().run(10), 5).acknowledge(), 20)
    lost(bed, 38)
    back(bed, 30)
    assert begins(bed) == [True, False]
    assert bed.told(AlarmEnded)[-1].how is AlarmEnd.CLEARED


def test_what_turns_back_on_its_way_to_be_over_is_heard_then() -> None:
    bed = back(lost(AlarmedBed().run(10), 5).acknowledge(), 20)
    lost(bed, 38)
    back(bed, 4)
    assert begins(bed) == [True, False]
    lost(bed, 0)
    assert begins(bed) == [True, False, True]


def test_a_second_sensor_that_went_and_is_off_again_is_heard_a_minute_later_too() -> None:
    both: dict[str, None] = {"spo2": None, "hr": None, "pr": None}
    bed = AlarmedBed().run(10).run(20, **both).acknowledge()
    bed.run(5, hr=None, pr=None).run(55, **both)
    assert begins(bed)[-1]
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is ACTIVE


def test_while_nothing_is_heard_of_the_ward_nothing_that_came_back_is_news() -> None:
    bed = back(lost(AlarmedBed().run(10), 5).acknowledge(), 20)
    lost(bed, 10).situate(is_feed_up=False).wait(60)
    assert bed.alarm(LOST).state is SEEN
    bed.situate(is_feed_up=True)
    assert bed.alarm(LOST).state is ACTIVE


def test_a_probe_that_came_back_off_is_not_heard_behind_a_monitor_that_is_lost() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge().run(5).run(20, spo2=None)
    lost(bed, 60)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is SEEN
    assert bed.alarm(LOST).state is ACTIVE
    bed.link(MONITOR, DeviceLink.ONLINE).run(60, spo2=None)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is ACTIVE


def test_what_came_back_and_stays_waits_for_a_pause_of_the_sound_to_end() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge().run(5)
    bed.run(40, spo2=None).device_alarm(DeviceAlarmCode.TECHNICAL, priority=MEDIUM)
    pause(bed)
    bed.run(30, spo2=None)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is ACTIVE
    assert sound(bed) is None
    bed.acknowledge(AlarmCode.DEVICE_TROUBLE).run(100, spo2=None)
    assert sound(bed) is MEDIUM


def test_what_came_back_and_stays_is_heard_after_a_restart_too() -> None:
    bed = AlarmedBed().run(10).run(20, spo2=None).acknowledge().run(5).run(30, spo2=None)
    bed.state = msgspec.json.decode(msgspec.json.encode(bed.state), type=BedAlarms)
    bed.run(25, spo2=None)
    assert bed.alarm(AlarmCode.SIGNAL_MISSING).state is ACTIVE


@pytest.mark.parametrize(("hr", "priority"), [(115.0, MEDIUM), (134.0, HIGH)])
def test_a_patient_whose_alarm_was_seen_and_is_back_is_heard_again(
    hr: float, priority: AlarmPriority
) -> None:
    bed = AlarmedBed().run(12, hr=hr).acknowledge().run(17).run(12, hr=hr)
    assert bed.told(AlarmReturned)[0].sounds_again
    assert sound(bed) is priority
    assert bed.alarm(AlarmCode.HR_HIGH).state is ACTIVE


def test_a_pump_that_stops_again_after_it_was_seen_is_heard_again() -> None:
    bed = AlarmedBed().device_alarm(DeviceAlarmCode.OCCLUSION_DOWNSTREAM).acknowledge()
    bed.device_alarm(DeviceAlarmCode.OCCLUSION_DOWNSTREAM, AlarmPhase.END).run(5)
    bed.device_alarm(DeviceAlarmCode.OCCLUSION_DOWNSTREAM)
    assert begins(bed) == [True, True]
    assert sound(bed) is HIGH


def test_a_latched_alarm_that_somebody_saw_is_news_when_it_is_back() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(20).acknowledge().run(8, spo2=84.0)
    assert begins(bed) == [True, True]
    assert bed.alarm(AlarmCode.SPO2_LOW).state is ACTIVE
    assert bed.alarm(AlarmCode.SPO2_LOW).escalated == 0


def test_of_a_latched_alarm_the_last_signal_counts_and_not_when_it_was_seen() -> None:
    bed = AlarmedBed().device_alarm(DeviceAlarmCode.TECHNICAL, priority=MEDIUM)
    bed.take(DeviceRestarted(device=PUMP, boot=BootId("b2"))).run(50).acknowledge().run(20)
    bed.device_alarm(DeviceAlarmCode.TECHNICAL, priority=MEDIUM, boot=BootId("b2"))
    assert begins(bed) == [True, True]
    assert bed.alarm(AlarmCode.DEVICE_TROUBLE).state is ACTIVE


def test_the_same_alarm_of_a_device_that_begins_again_is_the_same_matter() -> None:
    bed = AlarmedBed().device_alarm(DeviceAlarmCode.TECHNICAL, priority=MEDIUM, alarm_id="a")
    bed.acknowledge().device_alarm(DeviceAlarmCode.TECHNICAL, AlarmPhase.END, alarm_id="a").run(5)
    bed.device_alarm(DeviceAlarmCode.TECHNICAL, priority=MEDIUM, alarm_id="b")
    assert begins(bed) == [True, False]
    assert bed.alarm(AlarmCode.DEVICE_TROUBLE).state is SEEN


# How urgent it is shown to be.


def test_what_was_seen_and_gets_better_is_shown_as_it_is() -> None:
    bed = AlarmedBed().run(15, spo2=88.0).acknowledge().run(20, spo2=91.0)
    assert bed.texts() == ["!! SpO2 88 < 92"]
    assert bed.alarm(AlarmCode.SPO2_LOW).unseen is None


def test_a_medium_alarm_that_gets_better_unseen_is_shown_as_it_is() -> None:
    alarm = AlarmedBed().run(15, hr=115.0).run(20, hr=103.0).alarm(AlarmCode.HR_HIGH)
    assert (alarm.priority, alarm.unseen) == (LOW, None)


def test_what_is_as_urgent_as_it_was_says_so_once() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(30).run(8, spo2=84.0)
    assert bed.texts() == ["!!! SpO2 84 < 85"]
    again = AlarmedBed().run(15, spo2=88.0).run(20, spo2=91.0).run(12, spo2=88.0)
    assert again.texts() == ["!!! SpO2 88 < 90"]


def test_the_worst_that_nobody_saw_stays_however_much_better_it_gets() -> None:
    bed = AlarmedBed().run(20, spo2=88.0).run(40, spo2=91.0).run(60, spo2=93.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).current is LOW
    assert bed.alarm(AlarmCode.SPO2_LOW).priority is HIGH
    assert bed.alarm(AlarmCode.SPO2_LOW).text.startswith("SpO2 88 < 90, then ")


def test_a_latched_alarm_that_was_seen_is_on_the_list_as_urgent_as_it_was() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(20).acknowledge()
    (past,) = bed.state.recent
    assert past.alarm.priority is HIGH
    assert past.alarm.acknowledged is not None


def test_a_latched_alarm_that_was_seen_is_shown_as_it_is_when_it_is_back() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(20).acknowledge().run(16, spo2=91.0)
    assert bed.alarm(AlarmCode.SPO2_LOW).times == 2
    assert bed.texts() == ["!! SpO2 91 < 92"]


def test_a_medium_alarm_that_was_over_is_shown_as_it_is_when_it_is_back() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(30).run(15, hr=103.0)
    assert bed.alarm(AlarmCode.HR_HIGH).times == 2
    assert bed.texts() == ["! HR 103 > 100"]


# Held back.


def test_a_high_alarm_that_is_back_unseen_breaks_through_a_pause_of_a_lesser_one() -> None:
    bed = AlarmedBed().run(8, spo2=84.0).run(20).run(12, hr=115.0)
    pause(bed)
    assert sound(bed) is None
    bed.run(5, spo2=84.0, hr=115.0)
    assert bed.told(AlarmReturned)[-1].code is AlarmCode.SPO2_LOW
    assert sound(bed) is HIGH
    assert bed.told(InactivationEnded)[-1].how is InactivationEnd.BROKEN_THROUGH


def test_what_is_back_and_stays_acknowledged_breaks_through_nothing() -> None:
    bed = back(lost(AlarmedBed().run(10), 5).acknowledge(), 10)
    pause(bed)
    lost(bed, 1)
    assert bed.alarm(LOST).state is SEEN
    assert bed.state.held is not None


def test_an_acknowledged_high_alarm_lets_a_new_high_one_through_a_pause() -> None:
    bed = AlarmedBed().run(5, spo2=82.0).acknowledge().run(12, spo2=82.0, hr=115.0)
    pause(bed)
    assert sound(bed) is None
    bed.device_alarm(DeviceAlarmCode.OCCLUSION_DOWNSTREAM, device=PUMP)
    assert sound(bed) is HIGH
