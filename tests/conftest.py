from __future__ import annotations

import os

# Tests are about what judges. That a verdict may be reused has tests of its own.
os.environ["ALMA_SAFE_FRESH"] = "1"
