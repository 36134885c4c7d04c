"""Products of any source: tables, the H&M layout, photo folders; each row through `listing`."""
