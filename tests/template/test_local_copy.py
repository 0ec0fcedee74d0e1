"""What the local cloud gets is the template, less what loopback cannot honour."""

from pathlib import Path

import yaml

from local.transform import transform
from tests.template.model import load


def test_the_copy_lacks_only_the_policy_against_plain_http(tmp_path: Path) -> None:
    built = tmp_path / "template.yaml"
    built.write_text(yaml.safe_dump(load()))
    transform(built, tmp_path / "local.yaml")
    copied = yaml.safe_load((tmp_path / "local.yaml").read_text())
    expected = load()
    del expected["Resources"]["QueuesOverTlsOnly"]
    assert copied == expected
