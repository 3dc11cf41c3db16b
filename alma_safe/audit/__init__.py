"""An audit: what a design can do, what it did when it was run, and what has changed."""
