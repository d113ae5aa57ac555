"""How people are reached: one file for each channel, all with the same three verbs."""
