"""Ground floor: words in two languages, diagnostics, money in fen, sharing a pool. Knows no policy."""
