"""The commands: each builds the configuration, makes one call of the pipeline, prints the product, says what next."""
