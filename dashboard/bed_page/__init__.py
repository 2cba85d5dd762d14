"""The bed page: the tile, the hour on one time axis, and beside it what can be done.

Whoever adds to the panel beside the trend writes a function of a `BedScene` and puts it into
`panel.SECTIONS`.
"""
