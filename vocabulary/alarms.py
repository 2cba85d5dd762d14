"""Alarm words: priorities of IEC 60601-1-8 and the codes a device may send."""

from enum import Enum


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
