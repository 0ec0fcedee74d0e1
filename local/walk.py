"""Walks the main jobs on a deployed system, one after the other, and shows what each person would see."""

from __future__ import annotations

from local.cloud import Cloud
from local.deploy import Deployment
from local.tour import Tour
from local.walk_bills import walk_bills
from local.walk_cases import walk_cases
from local.walk_outreach import walk_outreach

PARTS = (walk_bills, walk_cases, walk_outreach)
"""In the order in which they are walked: what one leaves behind, the next may use."""


def walk(cloud: Cloud, deployment: Deployment, url: str) -> None:
    """Walk all parts; walked again, on the state that was kept, they still work."""
    tour = Tour(cloud, deployment, url)
    for part in PARTS:
        part(tour)
