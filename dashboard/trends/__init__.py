"""Trends of a session: what was measured and delivered, thinned for a screen and drawn.

`series` is pure (pandas), `figure` makes what Plotly draws, `reading` looks into the record.
"""
