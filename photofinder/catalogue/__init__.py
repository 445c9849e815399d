"""The SQLite file that is the truth: photos, their files, metadata, and every embedding."""
