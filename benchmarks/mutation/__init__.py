"""Tests of the tests: small faults put into the code one by one, to see whether a test turns red."""
