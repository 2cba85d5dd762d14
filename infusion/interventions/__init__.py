"""What people do to a patient between the checks, and what follows from it."""
