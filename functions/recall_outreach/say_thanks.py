"""Say thank you with the owner's own figures, each with the factors, years and sources that it rests on."""

from collections.abc import Iterator

from shared.domain.carbon import FACTORS, Saving, fuel_money, net_saving
from shared.domain.centres import Centre
from shared.domain.figures import Book, Figure, content, path
from shared.domain.statements import Argument, say
from shared.domain.vehicles import Holding

type Said = tuple[tuple[Argument, ...], tuple[Argument, ...]]


def say_thanks(book: Book, holding: Holding, centre: Centre, locale: str) -> Said:
    """What to say, and what it rests on. Without an odometer reading of this owner there is no figure at all.

    Kilometres count up to the last reading and not beyond it.
    """
    km = _kilometres(book, holding)
    if km is None:
        return (say("outreach.thanks.none"),), (say("outreach.basis.none"),)
    until = book.derive("date", "date_of", book.at("datetime", "holding", "last_reading", "at"))
    thanks: list[Argument] = [_distance(book, holding, km, until)]
    basis: list[Argument] = [say("outreach.basis.until", date=until)]
    saving = net_saving(book, km, (centre.grid, centre.country))
    money = fuel_money(book, km, path("centre", "tariffs")) if centre.tariffs else None
    if saving is not None:
        unit = "t" if saving.in_tonnes else "kg"
        years = book.given("years", *FACTORS, "tree", "years_grown")
        thanks.append(say(f"outreach.thanks.co2.{unit}", low=saving.co2.low, high=saving.co2.high))
        thanks.append(say("outreach.thanks.trees", low=saving.trees.low, high=saving.trees.high, years=years))
    if money is not None:
        thanks.append(say("outreach.thanks.money", low=money.low, high=money.high))
    if saving is not None or money is not None:
        basis.append(_driving(book))
    if saving is not None:
        basis += _factors(book, saving, locale)
    if money is not None:
        basis.append(_tariffs(book, centre))
    return tuple(thanks), tuple(basis)


def _kilometres(book: Book, holding: Holding) -> Figure | None:
    """Since the first delivery for a first owner, else between the owner's own readings; None where that is nothing."""
    first, last = holding.first_reading, holding.last_reading
    if last is None or first is None:
        return None
    total = book.at("km", "holding", "last_reading", "km")
    if not _is_first_owner(holding):
        total = book.derive("km", "sub", total, book.at("km", "holding", "first_reading", "km"))
    return total if total.value > 0 else None


def _is_first_owner(holding: Holding) -> bool:
    return holding.in_service_on is not None and holding.since == holding.in_service_on


def _distance(book: Book, holding: Holding, km: Figure, until: Figure) -> Argument:
    if _is_first_owner(holding):
        return say("outreach.thanks.km", date=until, km=km)
    start = book.derive("date", "date_of", book.at("datetime", "holding", "first_reading", "at"))
    return say("outreach.thanks.km.between", start=start, date=until, km=km)


def _driving(book: Book) -> Argument:
    driving = (*FACTORS, "driving")
    ends = {
        f"{short}_{end}": book.given(unit, *driving, name, end)
        for short, unit, name in (("litres", "litres", "litres_per_100_km"), ("kwh", "kwh", "kwh_per_100_km"))
        for end in ("low", "high")
    }
    efficiency = book.derive("percent", "mul", content(*driving, "charging_efficiency"), 100)
    hundred = book.given("km", *driving, "per_km")
    return say("outreach.basis.driving", **ends, hundred=hundred, efficiency=efficiency)


def _factors(book: Book, saving: Saving, locale: str) -> Iterator[Argument]:
    yield say("outreach.basis.scope")
    for name, at, factor in (
        ("fuel", ("fuel", saving.fuel), "kg_per_litre"),
        ("grid", ("grid", saving.grid), "kg_per_kwh"),
    ):
        yield say(
            f"outreach.basis.{name}",
            factor=book.given("kg", *FACTORS, *at, factor),
            source=book.given("text", *FACTORS, *at, locale),
            year=book.given("year", *FACTORS, *at, "year"),
        )
    yield say(
        "outreach.basis.tree",
        factor=book.given("kg", *FACTORS, "tree", "kg_in_all"),
        years=book.given("years", *FACTORS, "tree", "years_grown"),
        source=book.given("text", *FACTORS, "tree", locale),
        year=book.given("year", *FACTORS, "tree", "year"),
    )


def _tariffs(book: Book, centre: Centre) -> Argument:
    currency = centre.tariffs.currency if centre.tariffs else ""
    at = ("centre", "tariffs")
    return say(
        "outreach.basis.tariffs",
        date=book.at("date", *at, "as_of"),
        fuel=book.at(currency, *at, "fuel_per_litre"),
        home=book.at(currency, *at, "home_per_kwh"),
        fast=book.at(currency, *at, "fast_charge_per_kwh"),
        source=book.at("text", *at, "source"),
    )
