"""Mutated bodies against the parsers: in the tests a few hundred, with `make fuzz` 200,000 for each parser."""
