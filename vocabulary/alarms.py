"""Alarm words: those of IEC 60601-1-8, the codes a device may send, and our own conditions."""

from enum import Enum
from typing import Final


class AlarmPriority(str, Enum):
    """Priority of an alarm condition (IEC 60601-1-8, 6.1.2)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlarmPhase(str, Enum):
    """Whether a device's own alarm began, changed or ended."""

    START = "start"
    UPDATE = "update"
    END = "end"


class DeviceAlarmCode(str, Enum):
    """What a device's own alarm is about (device contract, `alarm`)."""

    OCCLUSION_DOWNSTREAM = "occlusion_downstream"
    OCCLUSION_UPSTREAM = "occlusion_upstream"
    AIR_IN_LINE = "air_in_line"
    DOOR_OPEN = "door_open"
    EMPTY = "empty"
    BATTERY_LOW = "battery_low"
    BATTERY_EMPTY = "battery_empty"
    NEAR_END = "near_end"
    COMPLETE = "complete"
    STANDBY_TIMEOUT = "standby_timeout"
    SPO2_LOW = "spo2_low"
    HR_HIGH = "hr_high"
    HR_LOW = "hr_low"
    APNEA = "apnea"
    ASYSTOLE = "asystole"
    SENSOR_OFF = "sensor_off"
    TECHNICAL = "technical"
    OTHER = "other"


class DeviceEventCode(str, Enum):
    """What happened at a device (device contract, `event`)."""

    DELIVERY_STARTED = "delivery_started"
    DELIVERY_STOPPED = "delivery_stopped"
    DELIVERY_COMPLETED = "delivery_completed"
    RATE_CHANGED = "rate_changed"
    KVO_STARTED = "kvo_started"
    KVO_ENDED = "kvo_ended"
    COUNTERS_CLEARED = "counters_cleared"
    CLOCK_SET = "clock_set"
    NIBP_STARTED = "nibp_started"
    NIBP_FAILED = "nibp_failed"


class AlarmKind(str, Enum):
    """What an alarm is about. DELIVERY: the drug and its pump; shown apart from the other three."""

    PHYSIOLOGICAL = "physiological"
    DELIVERY = "delivery"
    TECHNICAL = "technical"
    PROCEDURAL = "procedural"


class AlarmCode(str, Enum):
    """Every condition that Hourglass alarms; whatever several reasons have in common is one."""

    SPO2_LOW = "spo2_low"
    SPO2_FALLING = "spo2_falling"
    HR_HIGH = "hr_high"
    HR_LOW = "hr_low"
    HR_CHANGING = "hr_changing"
    RR_HIGH = "rr_high"
    RR_LOW = "rr_low"
    APNOEA = "apnoea"
    ASYSTOLE = "asystole"
    ETCO2_HIGH = "etco2_high"
    ETCO2_LOW = "etco2_low"
    TEMP_HIGH = "temp_high"
    TEMP_LOW = "temp_low"
    BP_HIGH = "bp_high"
    BP_LOW = "bp_low"
    REPEAT_CUFF = "repeat_cuff"
    SEDATION_DEEP = "sedation_deep"
    AGITATION = "agitation"
    DISSOCIATION_STRONG = "dissociation_strong"
    DISTRESS = "distress"
    NAUSEA = "nausea"
    NEWS2_HIGH = "news2_high"
    DELIVERY_STOPPED = "delivery_stopped"
    RATE_WRONG = "rate_wrong"
    DOSE_OVER = "dose_over"
    INFUSION_LONG = "infusion_long"
    INFUSION_ENDING = "infusion_ending"
    DELIVERY_AFTER_END = "delivery_after_end"
    RUNNING_UNCONFIRMED = "running_unconfirmed"
    STILL_RUNNING = "still_running"
    PUMP_SETUP_WRONG = "pump_setup_wrong"
    TWO_PUMPS_RUNNING = "two_pumps_running"
    DEVICE_LOST = "device_lost"
    SIGNAL_MISSING = "signal_missing"
    DEVICE_TROUBLE = "device_trouble"
    BATTERY = "battery"
    CLOCK_WRONG = "clock_wrong"
    GAP_OPEN = "gap_open"
    QUARANTINE_FLOOD = "quarantine_flood"
    DEVICE_CONFLICT = "device_conflict"
    OFF_MONITOR_LONG = "off_monitor_long"
    START_STEP_OPEN = "start_step_open"
    SECOND_PERSON_DUE = "second_person_due"
    CHECK_OVERDUE = "check_overdue"


KINDS: Final[dict[AlarmKind, tuple[AlarmCode, ...]]] = {
    AlarmKind.PHYSIOLOGICAL: (
        AlarmCode.SPO2_LOW,
        AlarmCode.SPO2_FALLING,
        AlarmCode.HR_HIGH,
        AlarmCode.HR_LOW,
        AlarmCode.HR_CHANGING,
        AlarmCode.RR_HIGH,
        AlarmCode.RR_LOW,
        AlarmCode.APNOEA,
        AlarmCode.ASYSTOLE,
        AlarmCode.ETCO2_HIGH,
        AlarmCode.ETCO2_LOW,
        AlarmCode.TEMP_HIGH,
        AlarmCode.TEMP_LOW,
        AlarmCode.BP_HIGH,
        AlarmCode.BP_LOW,
        AlarmCode.REPEAT_CUFF,
        AlarmCode.SEDATION_DEEP,
        AlarmCode.AGITATION,
        AlarmCode.DISSOCIATION_STRONG,
        AlarmCode.DISTRESS,
        AlarmCode.NAUSEA,
        AlarmCode.NEWS2_HIGH,
    ),
    AlarmKind.DELIVERY: (
        AlarmCode.DELIVERY_STOPPED,
        AlarmCode.RATE_WRONG,
        AlarmCode.DOSE_OVER,
        AlarmCode.INFUSION_LONG,
        AlarmCode.INFUSION_ENDING,
        AlarmCode.DELIVERY_AFTER_END,
        AlarmCode.RUNNING_UNCONFIRMED,
        AlarmCode.STILL_RUNNING,
        AlarmCode.PUMP_SETUP_WRONG,
        AlarmCode.TWO_PUMPS_RUNNING,
    ),
    AlarmKind.TECHNICAL: (
        AlarmCode.DEVICE_LOST,
        AlarmCode.SIGNAL_MISSING,
        AlarmCode.DEVICE_TROUBLE,
        AlarmCode.BATTERY,
        AlarmCode.CLOCK_WRONG,
        AlarmCode.GAP_OPEN,
        AlarmCode.QUARANTINE_FLOOD,
        AlarmCode.DEVICE_CONFLICT,
        AlarmCode.OFF_MONITOR_LONG,
    ),
    AlarmKind.PROCEDURAL: (
        AlarmCode.START_STEP_OPEN,
        AlarmCode.SECOND_PERSON_DUE,
        AlarmCode.CHECK_OVERDUE,
    ),
}
"""The conditions of each kind."""

KIND_OF: Final[dict[AlarmCode, AlarmKind]] = {
    code: kind for kind, codes in KINDS.items() for code in codes
}
"""The one kind of each condition."""


class OwnAlarmCode(str, Enum):
    """What a dashboard alarms by itself; technical, and in no bed's state."""

    BROKER_DOWN = "broker_down"
    INGEST_DOWN = "ingest_down"
    RECORD_DOWN = "record_down"
    NOTICES_NOT_TAKEN = "notices_not_taken"
    SHEETS_NOT_WRITTEN = "sheets_not_written"
    CLOCKS_DIFFER = "clocks_differ"
    CHAIR_NOT_IN_PLAN = "chair_not_in_plan"


class LimitedMeasure(str, Enum):
    """What may have alarm limits: the signals, each pressure of the cuff, and judged scales."""

    HR = "hr"
    SPO2 = "spo2"
    RR = "rr"
    ETCO2 = "etco2"
    TEMP = "temp"
    NIBP_SYS = "nibp_sys"
    NIBP_DIA = "nibp_dia"
    NIBP_MAP = "nibp_map"
    MOAAS = "moaas"
    RASS = "rass"
    DISSOCIATION = "dissociation"
    DISTRESS = "distress"
    NAUSEA = "nausea"
    NEWS2 = "news2"
    NEWS2_ITEM = "news2_item"


class SignalState(str, Enum):
    """How far an alarm's signal is: LATCHED is over and not seen yet."""

    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"


class Inactivation(str, Enum):
    """How the signals of a bed are held back for a time (IEC 60601-1-8, 6.8)."""

    AUDIO_PAUSED = "audio_paused"
    ALARM_PAUSED = "alarm_paused"
    AUDIO_OFF = "audio_off"
