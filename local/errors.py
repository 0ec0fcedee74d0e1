"""What can go wrong on the local cloud, said in one sentence."""


class LocalCloudError(Exception):
    """The sentence that the person at the shell reads; the traceback would tell them nothing more."""
