"""Plain values as DynamoDB attribute values and back (boto3's own converter, without boto3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def to_attribute(value: Any) -> dict[str, Any]:  # noqa: PLR0911 - one for each kind of value
    """A text, number, truth value, bytes, list or mapping as an attribute value.

    Raises TypeError for anything else, floats included: they are not exact.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case list() | tuple():
            return {"L": [to_attribute(item) for item in value]}
        case Mapping():
            return {"M": {str(key): to_attribute(item) for key, item in value.items()}}
        case _:
            raise TypeError(f"{type(value).__name__} cannot be stored")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The plain value; whole numbers are ints, others Decimals. Raises TypeError for a set."""
    [(kind, value)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "S" | "BOOL" | "B":
            return value
        case "N":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else number
        case "L":
            return [from_attribute(item) for item in value]
        case "M":
            return {key: from_attribute(item) for key, item in value.items()}
        case _:
            raise TypeError(f"attributes of kind {kind} are not used")
