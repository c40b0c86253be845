"""How the figures are computed."""
