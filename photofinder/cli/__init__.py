"""The command line: a stable contract. Speaks to `library` only."""
