"""Decide which code runs: `context` has the shared inputs, `plan` decides for each post, `reasons`
says why, and `execute` carries the plans out.
"""
