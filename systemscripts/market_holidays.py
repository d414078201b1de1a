"""The door to the holidays library: the days on which a stock exchange is closed."""

from datetime import date

from errors import ConfigError


def market_holidays(market: str, years: range) -> dict[date, str]:
    """The holidays of an exchange by its ISO 10383 code (XNYS: New York). Raises ConfigError for one that is not known."""
    import holidays

    try:
        found = holidays.financial_holidays(market, years=years)
    except NotImplementedError as error:
        known = ", ".join(sorted(holidays.list_supported_financial()))
        raise ConfigError(f"the market {market!r} is not known; choose one of {known}") from error
    return dict(found.items())
