"""What a door needs around its use case: who calls, what is logged, how errors become HTTP."""
