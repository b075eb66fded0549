"""Grading: how a study was done, what no study can have found, and the grade that follows."""
