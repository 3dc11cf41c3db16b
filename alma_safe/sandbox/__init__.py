"""The wall: sessions with a design that runs in a resource-limited sandbox."""
