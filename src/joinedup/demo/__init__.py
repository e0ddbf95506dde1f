"""The demonstration place: people, records with realistic faults, and the planted truth."""
