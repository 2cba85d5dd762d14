"""What the closed lists of `vocabulary` are called on a screen."""

from typing import Final

from infusion.configuration import OutcomeMeasure
from infusion.patient import Indication
from vocabulary.states import DeviceLink, InvalidReason, PumpState

REASON_WORDS: Final[dict[InvalidReason, str]] = {
    InvalidReason.SENSOR_OFF: "probe off",
    InvalidReason.LEAD_OFF: "lead off",
    InvalidReason.ARTIFACT: "artefact",
    InvalidReason.LOW_SIGNAL: "weak signal",
    InvalidReason.CALIBRATING: "calibrating",
    InvalidReason.OVER_RANGE: "over range",
    InvalidReason.UNDER_RANGE: "under range",
    InvalidReason.FAULT: "sensor fault",
    InvalidReason.IMPLAUSIBLE: "implausible",
}

PUMP_WORDS: Final[dict[PumpState, str]] = {
    PumpState.INFUSING: "infusing",
    PumpState.PAUSED: "paused",
    PumpState.STOPPED: "stopped",
    PumpState.KVO: "KVO, still flowing",
    PumpState.STANDBY: "standby",
    PumpState.ALARM: "pump alarm",
    PumpState.OFF: "off",
}

LINK_WORDS: Final[dict[DeviceLink, str]] = {
    DeviceLink.UNKNOWN: "not heard yet",
    DeviceLink.SILENT: "silent",
    DeviceLink.SHUTDOWN: "switched off",
    DeviceLink.OFFLINE: "offline",
}

INDICATION_WORDS: Final[dict[Indication, str]] = {
    Indication.DEPRESSION: "Depression",
    Indication.ANXIETY: "Anxiety",
    Indication.PTSD: "PTSD",
    Indication.CHRONIC_PAIN: "Chronic pain",
    Indication.CRPS: "CRPS",
}

MEASURE_WORDS: Final[dict[OutcomeMeasure, str]] = {
    OutcomeMeasure.PHQ9: "PHQ-9",
    OutcomeMeasure.PAIN_NRS: "Pain NRS",
}
