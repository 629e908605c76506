"""The bill year by year, as tables that text, JSON, CSV, HTML and a workbook show.

What is projected comes from `fundcalc.analysis.project`; here it is only laid out.
"""
