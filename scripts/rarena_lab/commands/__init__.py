"""The commands of scripts/lab, one per module: a command line, and what it calls."""
