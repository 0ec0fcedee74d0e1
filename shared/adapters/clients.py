"""Clients of AWS services, with time-outs and retries that fit a Lambda function.

They are made with botocore, on which boto3 stands: boto3 itself imports its S3 transfer manager,
a fifth of a door's cold start that no door has a use for (see docs/decisions/).
"""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def client(service: str, config: Config | None = None) -> Any:
    """A client of this service in the function's own region; `config` adds to the usual settings."""
    merged = _CONFIG.merge(config) if config is not None else _CONFIG
    return _session().create_client(service, config=merged)
