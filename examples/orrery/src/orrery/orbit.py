"""Mean longitudes of bodies on circular orbits."""


def longitude(period_days, longitude_at_epoch, days_since_epoch):
    """Degrees in [0, 360) of a body with this period, so many days after the epoch."""
    return (longitude_at_epoch + 360.0 * days_since_epoch / period_days) % 360.0
