"""The statements that judge thousands of thresholds at once, one per family of metrics."""
