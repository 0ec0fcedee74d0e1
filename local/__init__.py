"""The local cloud: the real template on ministack, without Docker and without an AWS account."""
