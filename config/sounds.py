"""The sounds of alarms as a clinic configures them, and the pulses they are made of."""

from pathlib import Path

import msgspec

from config.files import read_file
from config.sound_files import BurstEntry, SoundsFile
from vocabulary.alarms import AlarmPriority


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """One burst. Times in ms: when each pulse begins, how long it is, and its edges.

    `every_ms`: from the start of one burst to the start of the next.
    """

    onsets_ms: tuple[float, ...]
    pulse_ms: float
    rise_ms: float
    fall_ms: float
    every_ms: float
    fundamental_hz: float


class Sounds(msgspec.Struct, frozen=True, kw_only=True):
    """What screens play. `harmonics`: amplitudes, the fundamental's is 1. Volumes in percent."""

    bursts: dict[AlarmPriority, Burst]
    harmonics: tuple[float, ...]
    lowest_volume: int
    first_volume: int


def read_sounds(config_dir: Path) -> Sounds:
    """What `sounds.yaml` says. Raises BadConfiguration with every problem."""
    file = read_file(config_dir / "sounds.yaml", SoundsFile)
    return Sounds(
        bursts={
            AlarmPriority.HIGH: burst_of(file.bursts.high, file.rise_percent),
            AlarmPriority.MEDIUM: burst_of(file.bursts.medium, file.rise_percent),
        },
        harmonics=tuple(round(10 ** (level_db / 20), 3) for level_db in file.harmonics_db),
        lowest_volume=file.volume.lowest,
        first_volume=file.volume.first,
    )


def burst_of(entry: BurstEntry, rise_percent: float) -> Burst:
    """The pulses of a burst. What falls ends before the next pulse rises."""
    onsets_ms = []
    at_ms = 0.0
    for number, pulses in enumerate(entry.groups):
        for pulse in range(pulses):
            onsets_ms.append(at_ms)
            is_last = pulse == pulses - 1
            gap_ms = entry.spacing_ms
            if is_last:
                gap_ms = entry.gaps_ms[number] if number < len(entry.gaps_ms) else 0.0
            at_ms += entry.pulse_ms + gap_ms
    rise_ms = entry.pulse_ms * rise_percent / 100
    return Burst(
        onsets_ms=tuple(onsets_ms),
        pulse_ms=entry.pulse_ms,
        rise_ms=rise_ms,
        fall_ms=min(rise_ms, entry.spacing_ms - rise_ms),
        every_ms=at_ms + entry.every_s * 1000,
        fundamental_hz=entry.fundamental_hz,
    )
