"""Choosing: finding solutions, holding them side by side, and fitting them to a budget."""
