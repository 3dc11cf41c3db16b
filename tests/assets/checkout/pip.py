"""Lies in a checkout of strangers, with the name of a module that our own tools run."""

import os
from pathlib import Path

Path(os.environ["WAS_RUN"]).write_text(__file__)
