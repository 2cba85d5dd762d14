"""Drugs, doses and rates in `protocol.yaml`: what is shipped, and how bad numbers are told."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from config.clinic import read_clinic
from infusion.configuration import ClinicConfiguration
from tests.fixtures.dosing import dosing_rules
from tests.fixtures.spoilt import change_in, refusal_of

SHIPPED = Path(__file__).resolve().parents[3] / "config"


def change(config_dir: Path, old: str, new: str) -> None:
    change_in(config_dir / "protocol.yaml", old, new)


def refusal(config_dir: Path) -> list[str]:
    return refusal_of(config_dir, "protocol.yaml")


def test_the_shipped_numbers_are_those_of_the_fact_sheet() -> None:
    assert read_clinic(SHIPPED).dosing == dosing_rules()


def test_numbers_are_taken_as_they_are_written() -> None:
    dosing = read_clinic(SHIPPED).dosing
    assert str(dosing.pump_step_ml_h) == "0.1"
    assert str(dosing.weight.changed_by_percent) == "10"


def test_the_same_number_written_otherwise_is_the_same_version(config_dir: Path) -> None:
    before = read_clinic(config_dir).version
    change(config_dir, "upper_soft: 0.75, upper_hard: 1.0", "upper_soft: 0.750, upper_hard: 1")
    assert read_clinic(config_dir).version == before
    change(config_dir, "upper_soft: 0.750", "upper_soft: 0.751")
    assert read_clinic(config_dir).version != before


def test_the_rules_survive_being_written_down() -> None:
    clinic = read_clinic(SHIPPED)
    assert msgspec.json.decode(msgspec.json.encode(clinic), type=ClinicConfiguration) == clinic


def test_another_drug_is_a_matter_of_configuration(config_dir: Path) -> None:
    text = (config_dir / "protocol.yaml").read_text()
    ketamine = text[text.index("    - drug: ketamine") :]
    other = ketamine.replace("drug: ketamine", "drug: esketamine").replace("[1, 2]", "[0.5]")
    (config_dir / "protocol.yaml").write_text(text + other)
    dosing = read_clinic(config_dir).dosing
    assert [drug.drug for drug in dosing.drugs] == ["ketamine", "esketamine"]
    esketamine = dosing.find_drug("esketamine")
    assert esketamine is not None
    assert esketamine.concentrations_mg_ml == (Decimal("0.5"),)
    assert dosing.find_drug("propofol") is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "lower_soft: 0.1, upper_soft: 0.75", "lower_soft: 0.8, upper_soft: 0.75",
            ("dosing.drugs[0].limits.dose_rate_mg_kg_h: "
            "lower_hard, lower_soft, upper_soft, upper_hard must rise"),
        ),
        (
            "upper_soft: 60, upper_hard: 100", "upper_soft: 60, upper_hard: .inf",
            ("dosing.drugs[0].limits.session_dose_mg.upper_hard: "
            "should be a finite number, not inf"),
        ),
        (
            "upper_soft: 60, upper_hard: 100", 'upper_soft: "60", upper_hard: 100',
            ("dosing.drugs[0].limits.session_dose_mg.upper_soft: "
            "should be a valid number, not '60'"),
        ),
        (
            "{upper_soft: 60, upper_hard: 100}", "{}",
            "dosing.drugs[0].limits.session_dose_mg: at least one limit",
        ),
        (
            "bolus_mg: {upper_hard: 0}", "# bolus_mg: {upper_hard: 0}",
            "dosing.drugs[0].limits.bolus_mg: is missing",
        ),
        (
            "start_rate_mg_kg_h: 0.5", "start_rate_mg_kg_h: 5",
            ("dosing.drugs[0].start_rate_mg_kg_h: "
            "5 is not within upper_hard 1 of dose_rate_mg_kg_h"),
        ),
        (
            "concentrations_mg_ml: [1, 2]", "concentrations_mg_ml: [1, 1.0]",
            "dosing.drugs[0].concentrations_mg_ml[1]: 1 is there twice",
        ),
        (
            "concentrations_mg_ml: [1, 2]", "concentrations_mg_ml: [1, 20]",
            ("dosing.drugs[0].concentrations_mg_ml[1]: "
            "20 is not within upper_hard 10 of concentration_mg_ml"),
        ),
        (
            "upper_soft: 2.0, upper_hard: 10", "upper_soft: 2.0, upper_hard: 60",
            ("dosing.drugs[0].limits.concentration_mg_ml.upper_hard: "
            "must be set, and not be above never_above_mg_ml 50"),
        ),
        (
            "upper_soft: 2.0, upper_hard: 10", "upper_soft: 2.0",
            ("dosing.drugs[0].limits.concentration_mg_ml.upper_hard: "
            "must be set, and not be above never_above_mg_ml 50"),
        ),
        (
            "pump_step_ml_h: 0.1", "pump_step_ml_h: 0",
            "dosing.pump_step_ml_h: should be greater than 0, not 0",
        ),
        (
            "slip_factor: 5", "slip_factor: true",
            "dosing.rate_match.slip_factor: should be a valid number, not True",
        ),
        (
            "largest_step_up_mg_kg_h: 0.1", "largest_step_mg_kg_h: 0.1",
            ("dosing.drugs[0].titration.largest_step_up_mg_kg_h: is missing\n"
            "dosing.drugs[0].titration.largest_step_mg_kg_h: no such key; check its spelling"),
        ),
        (
            "planned_infusion_min: 60", "planned_infusion_min: 90",
            "planned_infusion_min: 90.0 is not within upper_soft 75 of duration_min",
        ),
    ],
)  # fmt: skip
def test_a_bad_number_is_told_with_its_key_and_reason(
    config_dir: Path, old: str, new: str, told: str
) -> None:
    change(config_dir, old, new)
    assert refusal(config_dir) == told.splitlines()


def test_a_drug_that_is_there_twice_is_refused(config_dir: Path) -> None:
    text = (config_dir / "protocol.yaml").read_text()
    ketamine = text[text.index("    - drug: ketamine") :]
    (config_dir / "protocol.yaml").write_text(text + ketamine)
    assert refusal(config_dir) == ["dosing.drugs[1].drug: 'ketamine' is there twice"]
