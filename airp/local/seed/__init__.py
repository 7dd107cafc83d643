"""The story of the demo: Halden Travel, its people, AI systems, thresholds and a year of incidents. All invented."""
