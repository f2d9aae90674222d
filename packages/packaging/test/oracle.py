"""Answers questions about Python's packaging standards with the reference implementation, `packaging`.

Reads {question, cases} as JSON from standard input and writes the list of answers, null where the reference
refuses the case. Started by oracle.ts.
"""
import csv
import io
import json
import os
import sys
import sysconfig

from packaging import markers as MARKERS
from packaging import requirements as REQUIREMENTS
from packaging import specifiers as SPECIFIERS
from packaging import tags as TAGS
from packaging import utils as UTILS
from packaging import version as VERSION


def version(text):
    return str(VERSION.Version(text))


def order(pair):
    a, b = (VERSION.Version(text) for text in pair)
    return (a > b) - (a < b)


def specifier(text):
    one = SPECIFIERS.Specifier(text)
    return {"prereleases": bool(one.prereleases)}


def contains(case):
    text, candidate = case
    return SPECIFIERS.Specifier(text).contains(VERSION.Version(candidate), prereleases=True)


def marker(case):
    text, environment, extra = case
    full = dict(environment, extra=extra)
    return MARKERS.Marker(text).evaluate(full)


def is_marker(text):
    MARKERS.Marker(text)
    return True


def requirement(text):
    read = REQUIREMENTS.Requirement(text)
    return {
        "name": UTILS.canonicalize_name(read.name),
        "extras": sorted({UTILS.canonicalize_name(extra) for extra in read.extras}),
        "specifiers": sorted({str(one).replace(" ", "") for one in read.specifier}),
        "url": read.url,
        "marker": read.marker is not None,
    }


def wheel(text):
    name, number, build, tags = UTILS.parse_wheel_filename(text)
    return {"name": name, "version": str(number), "build": list(build), "tags": sorted(map(str, tags))}


def sdist(text):
    name, number = UTILS.parse_sdist_filename(text)
    return {"name": name, "version": str(number)}


def tags(_):
    libc = None
    try:
        libc = [int(part) for part in os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")[:2]]
    except (AttributeError, OSError, ValueError):
        pass
    return {
        "facts": {
            "implementation": sys.implementation.name,
            "version": list(sys.version_info[:3]),
            "platform": sysconfig.get_platform(),
            "glibc": libc,
            "debug": bool(sysconfig.get_config_var("Py_DEBUG")),
            "threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "is32Bit": sys.maxsize <= 2**32,
        },
        "tags": [str(tag) for tag in TAGS.sys_tags()],
    }


def record(text):
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


def write_record(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def headers(text):
    from email.parser import Parser

    message = Parser().parsestr(text)
    return {name.lower(): message.get_all(name) for name in message.keys()}


def entry_points(text):
    import configparser

    parser = configparser.ConfigParser(delimiters="=", interpolation=None, comment_prefixes=("#", ";"), default_section="\0")
    parser.optionxform = str
    parser.read_string(text)
    return [[group, name, value] for group in parser.sections() for name, value in parser.items(group)]


def toml(text):
    try:
        from tomllib import loads
    except ImportError:  # Python 3.10
        from pip._vendor.tomli import loads
    return loads(text)


def answer(function, case):
    try:
        return function(case)
    except RecursionError:
        raise
    except Exception:  # the reference raises many kinds for what it refuses
        return None


asked = json.load(sys.stdin)
json.dump([answer(globals()[asked["question"]], case) for case in asked["cases"]], sys.stdout)
