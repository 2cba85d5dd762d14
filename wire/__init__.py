"""The device contract in code: topics, device messages, what ingest publishes."""
