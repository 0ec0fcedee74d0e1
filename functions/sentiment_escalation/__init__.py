"""Sentiment escalation: nobody who is upset, or waits for an answer, goes unseen."""
