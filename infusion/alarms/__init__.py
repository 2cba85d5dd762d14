"""What deserves attention at a bed: conditions, their signals, and the engine that holds both."""
