"""The stage ``properties``: Hypothesis and fixed batteries on the host, the design in a guest."""
