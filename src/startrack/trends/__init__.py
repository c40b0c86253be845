"""Changes over windows, rankings, sections, events and health, computed from values; nothing here does I/O."""
