"""The rules of interventions and duty, from `protocol.yaml`."""

from collections.abc import Iterator

from config.files import ProtocolFile
from config.problems import Problem
from infusion.duty.rules import DutyRules
from infusion.interventions.rules import InterventionRules, RescueDrug


def problems_of_interventions(source: str, file: ProtocolFile) -> Iterator[Problem]:
    """What does not fit together in the rescue list."""
    seen = set()
    for number, entry in enumerate(file.interventions.rescue_drugs):
        if entry.drug in seen:
            key = f"interventions.rescue_drugs[{number}].drug"
            yield Problem(source, key, f"{entry.drug!r} is there twice")
        seen.add(entry.drug)


def intervention_rules(file: ProtocolFile) -> InterventionRules:
    """The clinic's lists, as the rules use them."""
    entry = file.interventions
    return InterventionRules(
        rescue_drugs=tuple(
            RescueDrug(
                drug=drug.drug,
                label=drug.label,
                unit=drug.unit,
                usual_dose=drug.usual,
                low=drug.low,
                high=drug.high,
                routes=tuple(drug.routes),
            )
            for drug in entry.rescue_drugs
        ),
        oxygen_flows=tuple(entry.oxygen_flows_l_min),
        oxygen_max_l_min=entry.oxygen_max_l_min,
        symptoms=tuple(entry.symptoms),
        urgent_symptoms=tuple(entry.urgent_symptoms),
        adverse_events=tuple(entry.adverse_events),
        grades=tuple(entry.grades),
        stamps=tuple(entry.stamps),
    )


def duty_rules(file: ProtocolFile) -> DutyRules:
    """Duty and the work ahead, as the rules use them."""
    entry = file.duty
    return DutyRules(
        may_take_chairs=tuple(entry.may_take_chairs),
        may_be_on_duty=tuple(entry.may_be_on_duty),
        needs_pump_check=entry.needs_pump_check,
        ahead_s=entry.ahead_min * 60,
        work_s=entry.work_min * 60,
        stagger_step_s=entry.stagger_step_min * 60,
        stagger_max_s=entry.stagger_max_min * 60,
        free_share=entry.free_share,
    )
