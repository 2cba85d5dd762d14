"""What several commands take from the command line."""

import argparse
from datetime import date


def day(text: str) -> date:
    """A day, ISO 8601. Raises ArgumentTypeError with how to write it."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write YYYY-MM-DD") from error
