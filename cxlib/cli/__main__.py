"""`python -m cxlib.cli`."""

from cxlib.cli import main

if __name__ == "__main__":
    main()
