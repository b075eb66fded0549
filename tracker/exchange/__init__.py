"""Exchange: lists that are edited in a spreadsheet and come back, cell by cell."""
