"""Who is on duty, and who answers for which chair."""
