"""The agitation engine: says of a message how agitated its writer is, and by which words one can tell."""
