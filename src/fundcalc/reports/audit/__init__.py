"""The audit pack: a run as plain files that common tools check, with nothing of this program needed."""
