"""Builds template.yaml with SAM, then byte-compiles what came out: imports took half of a cold start without it."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from local.cloud import PROJECT
from local.errors import LocalCloudError

SAM = PROJECT / ".tools" / "sam" / "bin" / "sam"
AWS_BUILD = PROJECT / ".aws-sam" / "build"
LOCAL_BUILD = PROJECT / ".aws-sam" / "local"
_SOURCES = ("template.yaml", "functions", "layers", "shared", "local/build.py", "local/transform.py")


def local_arch() -> str:
    """The processor of this machine, in Lambda's words."""
    return {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def source_digest() -> str:
    """A digest of everything that the build is made from; equal digests mean equal artefacts."""
    digest = hashlib.sha256(f"{local_arch()} {sys.version}".encode())
    for source in _SOURCES:
        root = PROJECT / source
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(PROJECT)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def build(target: Path, extra: list[str]) -> None:
    """Run `sam build` into `target` and byte-compile the artefacts.

    Raises LocalCloudError with SAM's own words when the build fails.
    """
    if not SAM.exists():
        raise LocalCloudError("The SAM CLI is not installed: run `make tools` first.")
    run_sam(["build", "--build-dir", str(target), *extra], "The build failed")
    for artefact in sorted(p for p in target.iterdir() if p.is_dir()):
        _byte_compile(artefact)


def _byte_compile(artefact: Path) -> None:
    for cache in artefact.rglob("__pycache__"):
        shutil.rmtree(cache)
    # A layer is unpacked at /opt, a function at /var/task; absolute paths of this machine would change every archive.
    prefix = "/opt" if (artefact / "python").is_dir() else "/var/task"
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(artefact), "-p", prefix, str(artefact)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise LocalCloudError(f"The build failed, a module does not compile:\n{_telling(done.stdout + done.stderr)}")


def run_sam(arguments: list[str], failure: str, environment: dict[str, str] | None = None) -> None:
    """Run the SAM CLI quietly; raise LocalCloudError with the end of what it said when it fails."""
    # Its own environment first: there SAM finds a Python of the runtime's version with a pip, whatever the machine has.
    path = f"{SAM.parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603  a program of this project
        [str(SAM), *arguments],
        cwd=PROJECT,
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", "PATH": path, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LocalCloudError(f"{failure}; SAM said:\n{_telling(done.stdout)}")


def _telling(said: str) -> str:
    """The lines of a long output that say what went wrong, or its end where none stands out."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "Error:" in line or "_FAILED" in line]
    return "\n".join(f"    {line}" for line in (telling or lines)[-10:])


def main() -> int:
    """Build for AWS, the rest of the command line going to `sam build`."""
    try:
        build(AWS_BUILD, sys.argv[1:])
    except LocalCloudError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Built into {AWS_BUILD.relative_to(PROJECT)}; `make deploy` sends it to AWS.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
