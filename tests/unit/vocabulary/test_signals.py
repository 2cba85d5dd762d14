"""Each signal once, with a code that is right and a unit that UCUM knows."""

from collections import Counter

import pytest

from vocabulary.signals import NIBP_PARTS, PUMP_POSSIBLE, SIGNALS, PumpNumber, SignalName

WRONG_CODES = {
    157985: "is MDC_DOSE_PCA_LIMIT, seen as MDC_FLOW_FLUID_PUMP (157784)",
    196670: "is MDC_EVT_LO, seen as MDC_EVT_PUMP_GENERAL_ALARM",
    264819: "seen as the unit ug/kg/min (265619)",
    684800: "a typing error for 68480",
    684810: "a typing error for 68481",
    684820: "a typing error for 68482",
    8485: "a typing error for 68485",
    151708: "seen as MDC_AWAY_CO2_ET (151728)",
    18444: "printed in IHE's worked example for 0x0002480A, which is 149514",
}
"""Codes seen in public code and in print that are not what they are said to be."""

# ISO/IEEE 11073-10101 through IHE PCD Technical Framework vol. 3: reference id, partition, term
TERMS = {
    "hr": ("MDC_ECG_HEART_RATE", 2, 16770),
    "pr": ("MDC_PULS_OXIM_PULS_RATE", 2, 18458),
    "spo2": ("MDC_PULS_OXIM_SAT_O2", 2, 19384),
    "rr": ("MDC_RESP_RATE", 2, 20490),
    "etco2": ("MDC_AWAY_CO2_ET", 2, 20656),
    "temp": ("MDC_TEMP_BODY", 2, 19292),
    "nibp": ("MDC_PRESS_BLD_NONINV", 2, 18948),
    "nibp.sys": ("MDC_PRESS_BLD_NONINV_SYS", 2, 18949),
    "nibp.dia": ("MDC_PRESS_BLD_NONINV_DIA", 2, 18950),
    "nibp.map": ("MDC_PRESS_BLD_NONINV_MEAN", 2, 18951),
}
# the FHIR R4 vital-signs value set, and LOINC for what it does not have
LOINC = {
    "hr": "8867-4", "pr": "8889-8", "spo2": "59408-5", "rr": "9279-1", "etco2": "19891-1",
    "temp": "8310-5", "nibp": "85354-9",
    "nibp.sys": "8480-6", "nibp.dia": "8462-4", "nibp.map": "8478-0",
}  # fmt: skip
UCUM = {"/min", "%", "mm[Hg]", "Cel"}

CODED = {
    **{name.value: signal for name, signal in SIGNALS.items()},
    **{f"nibp.{name}": part for name, part in NIBP_PARTS.items()},
}


def test_each_signal_is_there_once_under_its_own_name() -> None:
    assert set(SIGNALS) == set(SignalName)
    assert all(signal.name is name for name, signal in SIGNALS.items())


@pytest.mark.parametrize("name", CODED)
def test_a_code_is_its_partition_and_its_term(name: str) -> None:
    refid, partition, term = TERMS[name]
    assert CODED[name].mdc_refid == refid
    assert CODED[name].mdc_code == partition * 65536 + term
    assert divmod(CODED[name].mdc_code, 65536) == (partition, term)


@pytest.mark.parametrize("name", CODED)
def test_no_code_is_one_of_the_wrong_ones_in_circulation(name: str) -> None:
    code = CODED[name].mdc_code
    assert code not in WRONG_CODES, WRONG_CODES.get(code)


def test_the_code_of_spo2_is_no_code_of_carbon_dioxide() -> None:
    assert SIGNALS[SignalName.SPO2].mdc_code == 150456
    assert SIGNALS[SignalName.ETCO2].mdc_code != 150456


def test_no_two_signals_share_a_code_or_a_label() -> None:
    for held in (
        [coded.mdc_code for coded in CODED.values()],
        [coded.mdc_refid for coded in CODED.values()],
        [coded.loinc_code for coded in CODED.values()],
        [signal.label for signal in SIGNALS.values()],
    ):
        assert [value for value, count in Counter(held).items() if count > 1] == []


@pytest.mark.parametrize("name", CODED)
def test_a_loinc_code_is_the_one_of_the_table_and_its_check_digit_is_right(name: str) -> None:
    code = CODED[name].loinc_code
    assert code == LOINC[name]
    digits, check = code.split("-")
    # LOINC: Luhn's algorithm ("mod 10") over the digits before the hyphen
    doubled = [
        int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(digits[::-1])
    ]
    total = sum(sum(divmod(number, 10)) for number in doubled)
    assert int(check) == -total % 10


@pytest.mark.parametrize("name", SignalName)
def test_a_unit_is_ucum_and_is_shown_as_people_write_it(name: SignalName) -> None:
    signal = SIGNALS[name]
    assert signal.ucum_unit in UCUM
    shown = {"mm[Hg]": "mmHg", "Cel": "°C"}.get(signal.ucum_unit, signal.ucum_unit)
    assert signal.shown_unit == shown


@pytest.mark.parametrize("name", CODED)
def test_a_possible_range_holds_its_ends_and_nothing_beyond(name: str) -> None:
    possible = CODED[name].possible
    assert possible.low < possible.high
    assert possible.contains(possible.low)
    assert possible.contains(possible.high)
    assert not possible.contains(possible.low - 0.001)
    assert not possible.contains(possible.high + 0.001)
    assert not possible.contains(float("nan"))


@pytest.mark.parametrize("nothing", [0, -1, -999, -99.9, 8_388_607])
@pytest.mark.parametrize("name", CODED)
def test_what_devices_send_for_nothing_is_never_possible(name: str, nothing: float) -> None:
    assert not CODED[name].possible.contains(nothing)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("hr", (28, 78, 220)),
        ("spo2", (50, 97, 100)),
        ("rr", (4, 14, 60)),
        ("etco2", (8, 36, 90)),
        ("temp", (28.5, 36.8, 42.5)),
        ("nibp.sys", (50, 138, 250)),
        ("nibp.dia", (20, 86, 150)),
        ("nibp.map", (30, 103, 180)),
    ],
)
def test_what_a_sick_patient_can_show_is_possible(name: str, numbers: tuple[float, ...]) -> None:
    assert all(CODED[name].possible.contains(number) for number in numbers)


def test_each_pressure_of_a_cuff_lies_within_what_a_cuff_can_show() -> None:
    cuff = SIGNALS[SignalName.NIBP].possible
    for part in NIBP_PARTS.values():
        assert cuff.low <= part.possible.low < part.possible.high <= cuff.high


def test_only_the_cuff_is_a_spot_reading() -> None:
    spot = [name for name, signal in SIGNALS.items() if signal.period_s is None]
    assert spot == [SignalName.NIBP]


def test_each_number_of_a_pump_has_a_possible_range() -> None:
    assert set(PUMP_POSSIBLE) == set(PumpNumber)
    assert all(0 <= possible.low < possible.high for possible in PUMP_POSSIBLE.values())
    assert PUMP_POSSIBLE[PumpNumber.RATE].contains(0), "a pump that stands still is no fault"
    assert not PUMP_POSSIBLE[PumpNumber.CONCENTRATION].contains(0)
