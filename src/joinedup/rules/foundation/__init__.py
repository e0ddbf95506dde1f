"""The closed list every rule stands on: money, period, identifier, disclosure, definition, errors."""
