"""`python -m fundcalc_cli`."""

from fundcalc_cli.app import main

if __name__ == "__main__":
    main()
