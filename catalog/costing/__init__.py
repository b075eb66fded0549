"""Costing: what one unit costs in the prices of one year, and what tracked sites really paid."""
