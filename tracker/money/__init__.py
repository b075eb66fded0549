"""The money of a site: balances by fund and stage, their rules, sums and match."""
