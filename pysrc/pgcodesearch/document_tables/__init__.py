"""The document side of a model as a table: vectors of new texts at once, until the model's own are made."""
