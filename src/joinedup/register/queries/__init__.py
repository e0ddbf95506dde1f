"""What pages read of the register: one noun a file; nothing here writes but the trace of what was shown."""
