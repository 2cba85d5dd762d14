"""What a clinic sets: settings of the processes and the clinical configuration."""
