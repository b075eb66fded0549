"""Who is here: organisations, accounts, roles and sign-in."""
