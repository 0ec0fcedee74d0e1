"""Recall outreach: win back owners who have stopped coming, by asking how they are."""
