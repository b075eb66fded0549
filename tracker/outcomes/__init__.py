"""What the deployments did: baselines, targets and measurements, reviewed before they count."""
