"""Codes of pumps, drugs and scales for what goes out; those of vital signs are in `vocabulary`.

Sources: MDC codes from the IHE PCD Technical Framework Rev 8.0, vol. 3, and its IPEC supplement;
LOINC from the FHIR R4 vital-signs value set; SNOMED CT, RxNorm and ATC from their publishers.
"""

from typing import Final

import msgspec

LOINC: Final = "http://loinc.org"
MDC: Final = "urn:iso:std:iso:11073:10101"
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
UCUM: Final = "http://unitsofmeasure.org"


class MdcCode(msgspec.Struct, frozen=True):
    """A term of IEEE 11073-10101: reference id and code, and the UCUM unit it is given in."""

    refid: str
    code: int
    ucum: str = ""

    @property
    def told(self) -> str:
        """Both, as a data dictionary has it."""
        return f"{self.refid} {self.code}"


class Coded(msgspec.Struct, frozen=True):
    """A code of a system and its words."""

    system: str
    code: str
    display: str


PUMP_RATE_SET: Final = MdcCode("MDC_FLOW_FLUID_PUMP", 157784, "mL/h")
PUMP_RATE: Final = MdcCode("MDC_FLOW_FLUID_PUMP_CURRENT", 158014, "mL/h")
PUMP_VOLUME_SEGMENT: Final = MdcCode("MDC_VOL_FLUID_DELIV_SEGMENT", 157992, "mL")
PUMP_VOLUME: Final = MdcCode("MDC_VOL_FLUID_DELIV_TOTAL", 157993, "mL")
PUMP_REMAINING: Final = MdcCode("MDC_VOL_FLUID_TBI_REMAIN", 157872, "mL")
PUMP_CONCENTRATION: Final = MdcCode("MDC_CONC_DRUG", 157760, "mg/mL")
PUMP_DOSE_RATE: Final = MdcCode("MDC_RATE_DOSE", 157924)
PUMP_BATTERY: Final = MdcCode("MDC_ATTR_VAL_BATT_CHARGE", 67996, "%")
PATIENT_WEIGHT: Final = MdcCode("MDC_ATTR_PT_WEIGHT", 68063, "kg")
MONITOR_MDS: Final = MdcCode("MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS", 69965)
PUMP_MDS: Final = MdcCode("MDC_DEV_PUMP_INFUS_MDS", 69985)

MDC_UNITS: Final = {
    "/min": MdcCode("MDC_DIM_BEAT_PER_MIN", 264864),
    "%": MdcCode("MDC_DIM_PERCENT", 262688),
    "mm[Hg]": MdcCode("MDC_DIM_MMHG", 266016),
    "Cel": MdcCode("MDC_DIM_DEGC", 268192),
    "mL/h": MdcCode("MDC_DIM_MILLI_L_PER_HR", 265266),
    "mL": MdcCode("MDC_DIM_MILLI_L", 263762),
    "mg/mL": MdcCode("MDC_DIM_MILLI_G_PER_ML", 264306),
    "kg": MdcCode("MDC_DIM_KILO_G", 263875),
}
"""MDC units by their UCUM unit; breaths have one of their own, MDC_DIM_RESP_PER_MIN."""
RESP_PER_MIN: Final = MdcCode("MDC_DIM_RESP_PER_MIN", 264928)

INFUSION: Final = Coded(SNOMED, "14152002", "Intravenous infusion (procedure)")
INTRAVENOUS: Final = Coded(SNOMED, "47625008", "Intravenous route")
DRUGS: Final = {
    "ketamine": (
        Coded(SNOMED, "373464007", "Ketamine"),
        Coded(RXNORM, "6130", "ketamine"),
        Coded(ATC, "N01AX03", "ketamine"),
    )
}
"""By the drug's name in the clinic's configuration; a drug that is not here goes out as text."""
SCALES: Final = {
    "news2": Coded(SNOMED, "1104051000000101", "National Early Warning Score 2 total score"),
    "rass": Coded(LOINC, "54632-5", "Richmond agitation-sedation scale"),
    "pain": Coded(LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating"),
    "phq9": Coded(LOINC, "44261-6", "Patient Health Questionnaire 9 item total score"),
}
"""By the scale's name, lower case; a scale that is not here goes out as text."""
