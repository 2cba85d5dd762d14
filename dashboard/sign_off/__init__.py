"""The page on which an hour ends: everything of it, what is open, and the signature."""
