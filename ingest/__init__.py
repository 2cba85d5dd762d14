"""From the broker to the record: one ordered stream. Run as `python -m ingest`."""
