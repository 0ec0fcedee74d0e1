"""Builders of a centre, its owners and their vehicles, as outreach meets them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.domain.centres import Centre
from shared.domain.owners import Owner
from shared.domain.vehicles import Holding

EVENTS = Path(__file__).parents[3] / "events"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""Monday, 09:30 in Shanghai: the demo centre is open."""
VIN = "LRW3E7FA0RC000042"
PHONE, OTHER_PHONE = "+8613800138000", "+8613900139000"


def centre(**values: Any) -> Centre:
    body = json.loads(json.loads((EVENTS / "centre_impact/api_put_centre.json").read_text())["body"])
    rules = {**body["outreach"], "hold_out_percent": 0, **values.pop("outreach", {})}
    return Centre.model_validate({"id": "demo-centre", **body, **values, "outreach": rules})


def consent(**values: Any) -> dict[str, Any]:
    return {
        "channel": "call",
        "purpose": "marketing",
        "granted": True,
        "at": NOW - timedelta(days=400),
        "how": "form",
        "source": "form-1",
        **values,
    }


def owner(owner_id: str = "owner-1", **values: Any) -> Owner:
    defaults: dict[str, Any] = {
        "id": owner_id,
        "centre_id": "demo-centre",
        "name": "王芳",
        "locale": "zh-CN",
        "zone": "Asia/Shanghai",
        "phones": [{"number": PHONE, "kind": "mobile", "verified": True}],
        "consents": [consent()],
    }
    return Owner.model_validate(defaults | values)


def holding(owner_id: str = "owner-1", vin: str = VIN, **values: Any) -> Holding:
    """Delivered new, last seen ten months ago at 23,456 km."""
    last = NOW - timedelta(days=305)
    defaults: dict[str, Any] = {
        "vin": vin,
        "owner_id": owner_id,
        "since": date(2024, 3, 1),
        "in_service_on": date(2024, 3, 1),
        "model": "Model 3",
        "visits": 2,
        "first_visit_at": NOW - timedelta(days=600),
        "last_visit_at": last,
        "last_visit_centre_id": "demo-centre",
        "history": [
            {
                "id": "RO-2",
                "centre_id": "demo-centre",
                "at": last,
                "kind": "tyres",
                "odometer_km": 23_456,
                "summary": "换轮胎",
            },
            {"id": "RO-1", "centre_id": "demo-centre", "at": NOW - timedelta(days=600), "kind": "maintenance"},
        ],
        "first_reading": {"vin": vin, "at": NOW - timedelta(days=600), "km": 9_000, "source": "RO-1"},
        "last_reading": {"vin": vin, "at": last, "km": 23_456, "source": "RO-2"},
        "spent": {"amount": "2640.00", "currency": "CNY", "visits": 2},
    }
    return Holding.model_validate(defaults | values)
