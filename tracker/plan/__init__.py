"""What a site promised: quantities, milestones, budgets, and the revisions of them."""
