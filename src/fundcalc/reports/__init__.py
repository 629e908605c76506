"""Results written out: tables (CSV, JSON), the workbook, and the run's summary on the terminal."""
