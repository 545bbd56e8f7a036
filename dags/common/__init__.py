"""The few pieces every DAG file shares: assets, how a task is made, when a chain is scheduled."""
