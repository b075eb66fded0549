"""Early warning: rules that can be read, the alerts that follow from the facts, and the digest."""
