"""Installing, maintenance, health and reports."""
