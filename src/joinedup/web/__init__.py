"""What people see: views, templates and charts over what a place has published."""
