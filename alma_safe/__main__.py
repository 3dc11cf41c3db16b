"""``python -m alma_safe``."""

from alma_safe.cli.main import main

if __name__ == "__main__":
    main()
