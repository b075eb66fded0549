"""The rollout at a glance: figures, findings, drawings and the map."""
