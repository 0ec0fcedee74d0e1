"""Bill explanation: an itemised bill in plain words, before anyone has to call."""
