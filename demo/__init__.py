"""The demonstration ward: its devices, its history, and the supervisor that runs it all."""
