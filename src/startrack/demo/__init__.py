"""A GitHub on this machine and a small world of figures: for the demo, the tests and the benchmarks."""
