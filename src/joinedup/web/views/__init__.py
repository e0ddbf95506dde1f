"""One file a page: it parses the address, reads what is published, and renders."""
