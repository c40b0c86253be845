"""Lists in: their text is read, and the projects in it are found."""
