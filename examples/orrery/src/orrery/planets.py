"""The planets and their periods, from the table that ships with the package."""
import csv
import os
from collections import namedtuple

Planet = namedtuple("Planet", "name period_days longitude_at_epoch")


def load_planets():
    """Every planet of the table, innermost first."""
    table = os.path.join(os.path.dirname(__file__), "data", "planets.csv")
    with open(table, newline="") as rows:
        return [Planet(row["name"], float(row["period_days"]), float(row["longitude_at_epoch"])) for row in csv.DictReader(rows)]
