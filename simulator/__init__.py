"""Simulated bedside devices that keep the device contract. Run as `python -m simulator`."""
