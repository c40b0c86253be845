"""The pages: each with its view, its template and its script."""
