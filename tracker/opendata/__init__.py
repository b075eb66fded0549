"""Open data: the record for other systems, and for whoever lives near a site."""
