"""Training of the agitation engine; nothing here is deployed."""
