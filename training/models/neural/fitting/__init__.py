"""The networks and their losses: all that imports PyTorch as it loads. Only `fit` comes here."""
