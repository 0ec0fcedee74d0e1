"""Delivers what people should be told, by e-mail, SMS and webhook: once, with consent, and not at night."""
