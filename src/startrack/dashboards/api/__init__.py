"""The API: JSON documents with a published schema."""
