"""Numbers that are recorded are exact: `Decimal`, finite, never a float; and shown as given."""

from decimal import Decimal


def exact(value: Decimal) -> Decimal:
    """`value`. Raises TypeError for anything but a Decimal, ValueError for NaN or infinity.

    A float that slips in would compare and even print like the number that was meant.
    """
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} is a {type(value).__name__}; doses are Decimal")
    if not value.is_finite():
        raise ValueError(f"{value} is not a number to calculate with")
    return value


def plain(value: Decimal) -> str:
    """A number as people write it, without zeros at its end: `35`, `0.5`."""
    return f"{value.normalize():f}"
