"""Reports: monthly and final, of a site or of all, made in the background and fetched later."""
