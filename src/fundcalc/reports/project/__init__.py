"""The bill year by year, as tables that text, JSON, CSV, HTML and a workbook show."""
