"""The register of units: what stands where, what inspections found, and how much works."""
