"""A comparison of two versions, as tables that text, JSON, HTML and a workbook show."""
