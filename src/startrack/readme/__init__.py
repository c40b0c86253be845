"""The blocks inside a README, the tables in them, and Markdown."""
