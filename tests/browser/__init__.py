"""Tests in a real browser: what a person meets, on both databases and in both languages."""
