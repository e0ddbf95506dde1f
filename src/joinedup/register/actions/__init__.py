"""What people do: `verb(*, noun, ..., by)`, one transaction, one audit row; nothing else writes to the register."""
