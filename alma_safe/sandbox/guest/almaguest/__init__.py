"""The guest: the only code of ours that runs inside the wall. Standard library only."""
