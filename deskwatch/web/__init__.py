"""The read-only dashboard: fed by the ticket folder, printed once per change, served as cached bytes."""
