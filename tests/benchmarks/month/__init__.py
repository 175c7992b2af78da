"""A simulated month of use: who asks what, how they click, and whether the model learns from it."""
