"""Pages: caseload."""
