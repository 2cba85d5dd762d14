"""The clinic's rules. Pure: no clock, no network, no disk, no screen; `now` is a parameter."""
