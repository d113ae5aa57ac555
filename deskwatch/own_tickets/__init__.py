"""The command line for tickets of the desk's own."""
