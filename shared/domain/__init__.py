"""The pure domain: no AWS, no environment, no clock or id source but those passed in."""
