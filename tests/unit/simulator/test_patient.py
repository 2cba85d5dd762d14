"""The drug's effect on pressure and pulse, and how a patient's numbers wander."""

import statistics
from random import Random

import pytest

from simulator.patient import Patient, Traits, draw_traits
from simulator.pharmacology import published_pharmacology

PHARMACOLOGY = published_pharmacology()
MEDIAN = Traits(
    weight_kg=70.0,
    sys_mmhg=120.0,
    dia_mmhg=75.0,
    hr_per_min=72.0,
    rr_per_min=14.0,
    spo2_percent=97.0,
    etco2_mmhg=37.0,
    temp_cel=36.7,
    sensitivity=1.0,
    hr_per_min_per_ng_ml=0.03,
)


def _after_forty_minutes(traits: Traits) -> Patient:
    patient = Patient(PHARMACOLOGY, traits, Random(1))
    for _ in range(2400):
        patient.advance(35.0 / 2400)
    return patient


def test_the_median_patient_rises_by_sixteen_over_eleven_at_the_end_of_forty_minutes() -> None:
    patient = _after_forty_minutes(MEDIAN)
    assert patient.kinetics.effect_ng_ml == pytest.approx(215, rel=0.02)
    assert patient.sys_mmhg - 120.0 == pytest.approx(16.0, abs=0.8)
    assert patient.dia_mmhg - 75.0 == pytest.approx(11.0, abs=0.5)


def test_the_pulse_rises_with_the_effect() -> None:
    treated, untreated = (Patient(PHARMACOLOGY, MEDIAN, Random(1)) for _ in range(2))
    for _ in range(2400):
        treated.advance(35.0 / 2400)
        untreated.advance(0.0)
    rise = treated.hr_per_min - untreated.hr_per_min
    assert rise == pytest.approx(0.03 * treated.kinetics.effect_ng_ml)
    assert 4.0 < rise < 9.0


def test_pressure_is_highest_about_the_end_of_the_hour_and_falls_after_it() -> None:
    patient = Patient(PHARMACOLOGY, MEDIAN, Random(1))
    sys = []
    for second in range(90 * 60):
        patient.advance(35.0 / 3600 if second < 3600 else 0.0)
        sys.append(patient.sys_mmhg)
    peak_min = sys.index(max(sys)) / 60
    assert 59 <= peak_min <= 62
    assert sys[-1] < max(sys) - 5


def test_patients_differ_in_sensitivity_as_published() -> None:
    random = Random(7)
    drawn = [draw_traits(PHARMACOLOGY, 70.0, random).sensitivity for _ in range(20000)]
    assert statistics.median(drawn) == pytest.approx(1.0, abs=0.03)
    assert statistics.stdev(drawn) / statistics.mean(drawn) == pytest.approx(0.70, abs=0.05)


def _resting(seconds: int) -> list[float]:
    patient = Patient(PHARMACOLOGY, MEDIAN, Random(3))
    found = []
    for _ in range(seconds):
        patient.advance(0.0)
        found.append(patient.spo2_percent)
    return found


def test_spo2_wanders_by_its_sd_about_its_mean() -> None:
    found = [value for value in _resting(40000) if value > 93.0]
    assert statistics.mean(found) == pytest.approx(97.0, abs=0.15)
    assert statistics.stdev(found) == pytest.approx(0.8, abs=0.12)


def test_spo2_has_a_correlation_time_of_half_a_minute() -> None:
    found = [value for value in _resting(60000) if value > 93.0]
    mean = statistics.mean(found)
    variance = statistics.pvariance(found)
    lag = 30
    covariance = statistics.mean(
        (a - mean) * (b - mean) for a, b in zip(found, found[lag:], strict=False)
    )
    assert covariance / variance == pytest.approx(0.37, abs=0.1)


def test_motion_dips_come_twice_an_hour_last_at_most_eight_seconds_and_stay_above_86() -> None:
    hours = 60
    found = _resting(hours * 3600)
    lengths, run = [], 0
    for value in [*found, 97.0]:
        if value < 93.5:
            run += 1
        elif run:
            lengths.append(run)
            run = 0
    assert min(found) >= 86.0
    assert max(lengths) <= 8
    assert hours <= len(lengths) <= 3 * hours


def test_the_same_seed_gives_the_same_patient_and_another_seed_another() -> None:
    first = draw_traits(PHARMACOLOGY, 70.0, Random("a"))
    assert first == draw_traits(PHARMACOLOGY, 70.0, Random("a"))
    assert first != draw_traits(PHARMACOLOGY, 70.0, Random("b"))
