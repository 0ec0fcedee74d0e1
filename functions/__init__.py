"""The rooms of Aftercare: one package each, its doors and its use cases."""
