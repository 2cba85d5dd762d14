"""The screens: the ward, the devices, the forms. Run as `python -m dashboard`."""
