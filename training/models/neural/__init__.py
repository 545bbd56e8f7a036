"""Families that are fitted with PyTorch; what they learned answers with numpy alone."""
