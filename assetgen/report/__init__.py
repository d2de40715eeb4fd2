"""Plans, results and diagnostics as text for people and as data for machines; pure."""
