"""The downtime pack: a printable sheet of each running bed in a folder of its own.

When everything else is dead, paper takes over from the last sheets; docs/operations.md says how.
"""
