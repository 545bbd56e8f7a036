"""Chooses features: what each is worth on a later window, and which say the same as another."""
