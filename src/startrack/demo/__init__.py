"""A GitHub on this machine with a small world of repositories, for the demo, the tests and the benchmarks."""
