"""startrack: star, fork and commit trends for the projects of an awesome list."""
