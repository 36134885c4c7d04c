"""An answer as a file."""
