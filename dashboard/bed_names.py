"""What people call a bed: by its label, never by its name for machines."""

from dashboard.context import services
from vocabulary.ids import BedId, WardId


def bed_label(ward: WardId, bed: BedId) -> str:
    """The label of a bed of a ward; its name where the clinic has no such bed any more."""
    plan = services().ward(ward)
    beds = () if plan is None else plan.beds
    return next((each.label for each in beds if each.bed == bed), str(bed))
