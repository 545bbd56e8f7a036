"""What every part shares: settings, clock, names, storage doors. Imports nothing of ours."""
