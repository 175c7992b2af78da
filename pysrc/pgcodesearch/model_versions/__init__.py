"""Model versions of a database: added from a folder, filled with vectors, switched, dropped."""
