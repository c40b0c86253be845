"""The page of sections."""
