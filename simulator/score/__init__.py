"""Judges a receiver by stories of known truth, and counts the alarms of ordinary hours."""
