"""Who may do what at a screen: the roles of people and of screens."""

from enum import Enum


class Role(str, Enum):
    """What a login may do. DISPLAY only looks; each other role is a person's.

    PHARMACIST and ASSISTANT may be second persons where the clinic says so.
    """

    DISPLAY = "display"
    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    PHARMACIST = "pharmacist"
    ASSISTANT = "assistant"
    ADMINISTRATOR = "administrator"


class Audience(str, Enum):
    """Who stands before a screen: PUBLIC shows beds only, STAFF also initials and series."""

    PUBLIC = "public"
    STAFF = "staff"
