"""What driving electric saved: CO2 net of the grid, the trees that take up as much, and money for fuel.

Every result is a range of figures, since how much a car uses is an assumption, and each figure can be computed again
from its source. Without kilometres of an odometer there is no figure. Tailpipe and grid only: making fuel, car and
battery is left out, and whoever shows a saving says so.
"""

from typing import NamedTuple

from shared.domain.figures import Book, Figure, Source, content

FACTORS = ("emission_factors", "entries")
"""Where the factors stand in the content."""
_TONNE_KG, _ONE_HUNDRED = 1_000, 100
# The assumptions bear no more places than these: tenths of a tonne, tens of kilograms, tens or hundreds of money.
_PLACES_T, _PLACES_KG = 1, -1
_IN_TONNES_FROM_KG, _MUCH_MONEY = 500, 1_000


class Range(NamedTuple):
    """From the least that the assumptions allow to the most."""

    low: Figure
    high: Figure


class Saving(NamedTuple):
    """What was saved over some kilometres, and the factors that it rests on."""

    co2: Range
    in_tonnes: bool
    trees: Range
    grid: str
    fuel: str


def net_saving(book: Book, km: Figure, regions: tuple[str | None, ...]) -> Saving | None:
    """CO2 saved over `km`, net of the grid of the first region whose factor is known.

    saved = km/100 × litres/100 km × fuel factor − km/100 × kWh/100 km ÷ charging efficiency × grid factor. The least
    is a thrifty petrol car against a thirsty electric one, the most the other way round. None without a factor, or
    where even the least is no saving: then nothing is claimed.
    """
    grid = next((region for region in regions if region and _knows(book, "grid", region)), None)
    if grid is None or km.value <= 0:
        return None
    fuel = str(book.evaluate(content(*FACTORS, "driving", "fuel")))
    low = _net(book, km, fuel, grid, litres="low", kwh="high")
    high = _net(book, km, fuel, grid, litres="high", kwh="low")
    if low.value <= 0:
        return None
    in_tonnes = low.value >= _IN_TONNES_FROM_KG
    tree = content(*FACTORS, "tree", "kg_in_all")
    return Saving(
        co2=Range(_shown(book, low, in_tonnes=in_tonnes), _shown(book, high, in_tonnes=in_tonnes)),
        in_tonnes=in_tonnes,
        trees=Range(
            book.derive("count", "round", book.derive("count", "div", low, tree), 0),
            book.derive("count", "round", book.derive("count", "div", high, tree), 0),
        ),
        grid=grid,
        fuel=fuel,
    )


def fuel_money(book: Book, km: Figure, tariffs: Source) -> Range | None:
    """Money saved on fuel over `km` by the tariffs of a centre, in round amounts of their currency.

    The least: little petrol, much electricity, all of it fast charging. The most: the other way round, all at home.
    None where even the least is no saving.
    """
    if km.value <= 0:
        return None
    low = _money(book, km, tariffs, litres="low", kwh="high", price="fast_charge_per_kwh")
    high = _money(book, km, tariffs, litres="high", kwh="low", price="home_per_kwh")
    if low.value <= 0:
        return None
    places = -2 if low.value >= _MUCH_MONEY else -1
    return Range(*(book.derive(f"about {end.unit}", "round", end, places) for end in (low, high)))


def _net(book: Book, km: Figure, fuel: str, grid: str, *, litres: str, kwh: str) -> Figure:
    burnt = book.derive("kg", "mul", _litres(book, km, litres), content(*FACTORS, "fuel", fuel, "kg_per_litre"))
    generated = book.derive("kg", "mul", _bought_kwh(book, km, kwh), content(*FACTORS, "grid", grid, "kg_per_kwh"))
    return book.derive("kg", "sub", burnt, generated)


def _money(book: Book, km: Figure, tariffs: Source, *, litres: str, kwh: str, price: str) -> Figure:
    currency = str(book.evaluate((*tariffs, "currency")))
    for_fuel = book.derive(currency, "mul", _litres(book, km, litres), (*tariffs, "fuel_per_litre"))
    for_charging = book.derive(currency, "mul", _bought_kwh(book, km, kwh), (*tariffs, price))
    return book.derive(currency, "sub", for_fuel, for_charging)


def _litres(book: Book, km: Figure, end: str) -> Figure:
    return book.derive("litres", "mul", _hundreds(book, km), content(*FACTORS, "driving", "litres_per_100_km", end))


def _bought_kwh(book: Book, km: Figure, end: str) -> Figure:
    used = book.derive("kwh", "mul", _hundreds(book, km), content(*FACTORS, "driving", "kwh_per_100_km", end))
    return book.derive("kwh", "div", used, content(*FACTORS, "driving", "charging_efficiency"))


def _hundreds(book: Book, km: Figure) -> Figure:
    return book.derive("km", "div", km, _ONE_HUNDRED)


def _shown(book: Book, kg: Figure, *, in_tonnes: bool) -> Figure:
    if in_tonnes:
        return book.derive("t", "round", book.derive("t", "div", kg, _TONNE_KG), _PLACES_T)
    return book.derive("kg", "round", kg, _PLACES_KG)


def _knows(book: Book, kind: str, name: str) -> bool:
    try:
        book.evaluate(content(*FACTORS, kind, name))
    except LookupError:
        return False
    return True
