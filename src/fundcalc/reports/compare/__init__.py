"""A comparison of two versions, as tables that text, JSON, HTML and a workbook show.

What is compared comes from `fundcalc.analysis.compare`; here it is only laid out.
"""
