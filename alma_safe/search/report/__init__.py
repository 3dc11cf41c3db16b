"""A run as one HTML file: no script, no network, everything from the archive escaped."""
