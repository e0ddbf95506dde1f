"""What the records show: tables in, a table out, lazily; nothing here executes or connects."""
