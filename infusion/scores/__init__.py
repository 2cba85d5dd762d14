"""Scales and scores, one a file: points for each item and why, or what is lacking."""
