"""No code that is known to be wrong goes out, in whatever format."""

import re

import msgspec
import pytest

from exchange import codes
from exchange.fhir.bundle import bundle_json
from exchange.report_tables import all_tables
from exchange.tables import data_dictionary
from tests.fixtures.exported import export, signed_report
from tests.fixtures.pumps import at
from vocabulary.signals import NIBP_PARTS, SIGNALS

WRONG_PAIRS = {
    ("MDC_FLOW_FLUID_PUMP", 157985),  # that is MDC_DOSE_PCA_LIMIT
    ("MDC_EVT_PUMP_GENERAL_ALARM", 196670),  # that is MDC_EVT_LO
    ("MDC_DIM_MICRO_G_PER_KG_PER_MIN", 264819),  # that is 265619
    ("MDC_CO2_ET", 150456),  # that is SpO2
    ("MDC_AWAY_CO2_ET", 151708),  # that is 151728
}
NEVER = {"157985", "264819", "684800", "684810", "684820", "8485", "151708"}
"""Numbers seen in public code under a wrong name, or as a slip, that nothing of ours has."""

KNOWN = {
    "MDC_ECG_HEART_RATE": 147842, "MDC_PULS_OXIM_SAT_O2": 150456, "MDC_PULS_OXIM_PULS_RATE": 149530,
    "MDC_RESP_RATE": 151562, "MDC_AWAY_CO2_ET": 151728, "MDC_TEMP_BODY": 150364,
    "MDC_PRESS_BLD_NONINV": 150020, "MDC_PRESS_BLD_NONINV_SYS": 150021,
    "MDC_PRESS_BLD_NONINV_DIA": 150022, "MDC_PRESS_BLD_NONINV_MEAN": 150023,
    "MDC_FLOW_FLUID_PUMP": 157784, "MDC_FLOW_FLUID_PUMP_CURRENT": 158014,
    "MDC_VOL_FLUID_DELIV_SEGMENT": 157992, "MDC_VOL_FLUID_DELIV_TOTAL": 157993,
    "MDC_VOL_FLUID_TBI_REMAIN": 157872, "MDC_CONC_DRUG": 157760, "MDC_RATE_DOSE": 157924,
}  # fmt: skip
"""As the IHE PCD Technical Framework Rev 8.0 and its IPEC supplement have them."""


def ours() -> dict[str, int]:
    held = [c for c in vars(codes).values() if isinstance(c, codes.MdcCode)]
    held += list(codes.MDC_UNITS.values())
    found = {code.refid: code.code for code in held}
    found |= {signal.mdc_refid: signal.mdc_code for signal in SIGNALS.values()}
    return found | {part.mdc_refid: part.mdc_code for part in NIBP_PARTS.values()}


def test_every_code_is_the_one_of_its_reference_id() -> None:
    for refid, code in KNOWN.items():
        assert ours()[refid] == code, refid
    assert not WRONG_PAIRS & set(ours().items())


def test_a_term_is_in_the_partition_its_name_says() -> None:
    partitions = {"MDC_DIM": 4, "MDC_DEV": 1, "MDC_ATTR": 1}
    for refid, code in ours().items():
        expected = next((p for name, p in partitions.items() if refid.startswith(name)), 2)
        assert code >> 16 == expected, refid


@pytest.mark.parametrize("wrong", sorted(NEVER))
def test_no_number_of_the_deny_list_goes_out(wrong: str) -> None:
    assert int(wrong) not in ours().values()
    word = re.compile(rf"\b{wrong}\b")
    bundle = msgspec.json.decode(bundle_json(signed_report(), at(100_000)))
    told = [c for c in _all_codings(bundle) if word.search(c)]
    dictionary = [str(cell) for row in data_dictionary(all_tables(export())).rows for cell in row]
    assert told + [cell for cell in dictionary if word.search(cell)] == []


def _all_codings(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [str(value["code"])] if "system" in value and "code" in value else []
        return own + [c for held in value.values() for c in _all_codings(held)]
    if isinstance(value, list):
        return [c for held in value for c in _all_codings(held)]
    return []
