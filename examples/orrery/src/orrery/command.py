"""The command: one line per planet for a date, today by default."""
import datetime
import sys

from .orbit import longitude
from .planets import load_planets

EPOCH = datetime.date(2000, 1, 1)


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    year, month, day = (int(part) for part in arguments[0].split("-")) if arguments else datetime.date.today().timetuple()[:3]
    days = (datetime.date(year, month, day) - EPOCH).days
    for planet in load_planets():
        print("%-8s %6.1f°" % (planet.name, longitude(planet.period_days, planet.longitude_at_epoch, days)))
    return 0
