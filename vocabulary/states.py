"""The closed lists of states: of a number, a pump, a device, a link, a session."""

from enum import Enum


class DeviceKind(str, Enum):
    """What a bedside device is."""

    MONITOR = "monitor"
    PUMP = "pump"


class DeviceState(str, Enum):
    """What a device's `status` message says about it."""

    ONLINE = "online"
    SHUTDOWN = "shutdown"
    OFFLINE = "offline"


class DeviceLink(str, Enum):
    """Whether Hourglass hears a device now.

    UNKNOWN: only a retained status has been seen since ingest started; nothing live yet.
    SILENT: connected as far as the broker knows, but no message within the time allowed.
    """

    UNKNOWN = "unknown"
    ONLINE = "online"
    SILENT = "silent"
    SHUTDOWN = "shutdown"
    OFFLINE = "offline"


class ReadingState(str, Enum):
    """How far a number on a screen may be believed (ward.md, Ward screen)."""

    LIVE = "live"
    LATE = "late"
    STALE = "stale"
    INVALID = "invalid"
    NEVER = "never"


class InvalidReason(str, Enum):
    """Why a device gave no number; all but IMPLAUSIBLE are words of the device contract."""

    SENSOR_OFF = "sensor_off"
    LEAD_OFF = "lead_off"
    ARTIFACT = "artifact"
    LOW_SIGNAL = "low_signal"
    CALIBRATING = "calibrating"
    OVER_RANGE = "over_range"
    UNDER_RANGE = "under_range"
    FAULT = "fault"
    IMPLAUSIBLE = "implausible"


class PumpState(str, Enum):
    """What the pump says it is doing. KVO (keep vein open) still delivers drug."""

    INFUSING = "infusing"
    PAUSED = "paused"
    STOPPED = "stopped"
    KVO = "kvo"
    STANDBY = "standby"
    ALARM = "alarm"
    OFF = "off"


class SessionState(str, Enum):
    """Where a session stands, in the order a session goes through it."""

    PLANNED = "planned"
    PREPARING = "preparing"
    INFUSING = "infusing"
    PAUSED = "paused"
    RECOVERY = "recovery"
    DISCHARGED = "discharged"
    READY_FOR_SIGN_OFF = "ready for sign-off"
    SIGNED = "signed"
    CANCELLED = "cancelled"


class StopReason(str, Enum):
    """Why a pump says delivery stopped."""

    CLINICIAN = "clinician"
    ALARM = "alarm"
    TRANSITION = "transition"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Link(str, Enum):
    """The links between a patient and a screen, any of which can break."""

    DEVICE = "device"
    BROKER = "broker"
    INGEST = "ingest"
    RECORD = "record"
    BROWSER = "browser"


class LinkState(str, Enum):
    """Whether a link carries data now."""

    UP = "up"
    DOWN = "down"


class QuarantineReason(str, Enum):
    """Why a message is not part of the record."""

    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_WARD = "unknown_ward"
    UNKNOWN_DEVICE = "unknown_device"
    OVERSIZE = "oversize"
    BAD_ENCODING = "bad_encoding"
    BAD_JSON = "bad_json"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_WORD = "unknown_word"
    OUT_OF_BOUNDS = "out_of_bounds"
    IMPOSSIBLE_TIME = "impossible_time"
    INTERNAL_ERROR = "internal_error"
