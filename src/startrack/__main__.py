"""`python -m startrack` and the `startrack` script."""

from startrack.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
