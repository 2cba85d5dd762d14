"""The pages of the menu, the same above every page for people."""

from typing import Final

MENU: Final = (
    ("Wards", "/"),
    ("Worklist", "/worklist"),
    ("Patients", "/patients"),
    ("Devices", "/devices"),
)
