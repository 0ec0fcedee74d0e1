"""`make run`: builds, deploys to the local cloud, seeds it, walks the main jobs and serves it until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from local.cloud import HOST, PROJECT, Cloud, require_free_port
from local.deploy import Deployment, build_for_local_cloud, deploy
from local.errors import LocalCloudError
from local.proxy import Proxy
from local.seed import seed, seed_centre
from local.walk import walk

HOME = PROJECT / ".local"
ADDRESS_FILE = HOME / "address.json"


@contextlib.contextmanager
def step(text: str) -> Iterator[Callable[[str], None]]:
    """Announce a step, tick while it lasts, and say how long it took; the body may call what it gets with a result."""
    results: list[str] = []
    started = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(1):
            print(".", end="", flush=True)

    print(f"{text} …", end="", flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield results.append
    except BaseException:
        done.set()
        ticker.join()
        print()
        raise
    done.set()
    ticker.join()
    print(f" {results[0] if results else 'done'} ({time.monotonic() - started:.1f} s)", flush=True)


@contextlib.contextmanager
def deployed(cloud: Cloud, port: int) -> Iterator[tuple[Deployment, Proxy]]:
    """The system, built, deployed and seeded on `cloud`, and answering at `port` until the end of the block."""
    url = f"http://{HOST}:{port}"
    require_free_port(port)
    with step("Building template.yaml") as result:
        result("built" if build_for_local_cloud() else "unchanged")
    try:
        with step("Starting the local cloud"):
            cloud.start()
        with step("Deploying") as result:
            deployment, anew = deploy(cloud, url)
            result("deployed" if anew else "unchanged")
        with step("Adding the people of the demo centre"):
            seed(cloud, deployment)
        proxy = Proxy(port, cloud.port, deployment.gateway_path)
        proxy.start()
        try:
            yield deployment, proxy
        finally:
            proxy.stop()
    finally:
        cloud.stop()


def serve(port: int, home: Path) -> None:
    """Run the whole and return at Ctrl-C or SIGTERM."""
    cloud = Cloud(port + 1, home)
    with deployed(cloud, port) as (deployment, proxy):
        ADDRESS_FILE.write_text(json.dumps({"port": cloud.port, "url": proxy.url, "outputs": deployment.outputs}))
        try:
            with step("Making the demo centre known"):
                seed_centre(cloud, deployment, proxy.url)
            walk(cloud, deployment, proxy.url)
            print(f"\nServing {proxy.url} (API description: {proxy.url}/docs). Ctrl-C stops and keeps the state.")
            while cloud.running:
                time.sleep(0.5)
            raise LocalCloudError(f"The local cloud has ended by itself; its last words are in {cloud.log}.")
        finally:
            ADDRESS_FILE.unlink(missing_ok=True)


def main() -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=8600, help="where the API answers; the cloud takes the next one")
    port = parser.parse_args().port
    if not 1 <= port < 65535:
        print(f"Port {port} is not one that can be served: choose one from 1024 to 65534.", file=sys.stderr)
        return 2

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut the saving short
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        serve(port, HOME)
    except LocalCloudError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the state is kept in .local (`make reset` forgets it).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
