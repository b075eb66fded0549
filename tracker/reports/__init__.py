"""What a site tells of a month, who is silent, and the months that are closed."""
