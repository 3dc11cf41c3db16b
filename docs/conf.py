"""How Sphinx makes a site of the documents; `make docs` runs it over the whole repository."""

from alma_safe import __version__

project = "alma-safe"
release = __version__
copyright = "the authors of alma-safe, Apache-2.0"

extensions = ["myst_parser"]
root_doc = "docs/index"
# The documents are read where they lie, so that one link is right here and in a browser of code.
include_patterns = ["*.md", "docs/*.md", "designs/*.md", "envs/*/*.md"]
exclude_patterns = ["**/.*", "runs", "build"]

myst_heading_anchors = 4
# Links to files that are no documents (policies, samples) are downloads in the site.
nitpicky = True

html_theme = "furo"
html_title = f"alma-safe {__version__}"
html_copy_source = False
html_show_sphinx = False
