"""What a page is made of: one component a file, each a pure function of what it shows."""
