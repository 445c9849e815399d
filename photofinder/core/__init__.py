"""Value types, errors, cancellation: what every layer speaks. Standard library and numpy only."""
