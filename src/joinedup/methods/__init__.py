"""How we estimate: numbers and arrays in, a frozen result out."""
