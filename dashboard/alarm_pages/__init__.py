"""Pages about alarms: what stands now, the log of what was, and what it asks of people."""
