"""Alarms sent on beyond the screens, to a webhook that the clinic names."""
