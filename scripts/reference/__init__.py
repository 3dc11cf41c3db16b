"""The pages of `docs/` that follow from the code: `python -m scripts.reference`."""
