"""The pages of the numbers: dashboard and downloads."""
