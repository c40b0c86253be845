"""What stands inside a README."""
