"""The coaching log: sessions, what was promised in them, and what they said before."""
