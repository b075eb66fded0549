"""The items that deployments are held against, how they answer, and who complies."""
