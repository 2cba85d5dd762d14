"""What a nurse observes at the chair: items, sets, and the entries of a session."""
