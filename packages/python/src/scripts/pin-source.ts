// The Python that ties a starting interpreter to one generation. It runs from a `.pth` line, so it has to work on every
// Python from 3.6 on, uses no local of `site` (3.15 has none) and never writes to a stream.
// How and why: docs/protocols/environment.md and docs/discoveries/python-startup.md.

/** Sorts before `__editable__*.pth`, so that editables are read from the pinned directory. */
export const pinLineName = '00_wheelwright.pth';
export const pinModuleName = '_wheelwright_pin.py';

/** `site` runs the line twice in every environment, and once more below `addsitedir`: it is idempotent. */
export const pinLine = 'import _wheelwright_pin; _wheelwright_pin.pin()\n';

export const pinModule = `"""Ties this interpreter to the generation that was current when it started.

The entries of sys.path reach an environment through a symbolic link that is
switched at every change. pin() replaces them by the directory that the link
led to at the first look, so that one process never sees two generations.
A pip that installs or uninstalls is left alone: it has to remove and to
write in the same place, the one that is current at that moment.
Written by wheelwright; an edit is lost with the next generation.
"""
import os
import site
import sys

_MARK = os.sep + ".wheelwright" + os.sep + "generations" + os.sep
_held = {}  # directory of generations -> (name of the pinned one, descriptor that says it is in use)
_strange = set()  # entries of sys.path that lie in no generation


def pin():
    if _is_pip():
        return
    fresh = []
    for entry in list(sys.path):
        real = _pinned(entry)
        if real is None:
            continue
        if real in sys.path:
            sys.path.remove(entry)
        else:
            sys.path[sys.path.index(entry)] = real
            fresh.append(real)
    for real in fresh:
        if os.path.basename(real) == "site-packages":
            # The .pth files of the pinned directory: those of the link may be of a later generation by now.
            site.addsitedir(real)


def _is_pip():
    words = getattr(sys, "orig_argv", None) or _command_line()
    names = [os.path.basename(word) for word in words]
    for at, name in enumerate(names):
        if name in ("pip", "pip3", "__pip-runner__.py") or name.startswith("pip3."):
            return "install" in words[at:] or "uninstall" in words[at:]
    return False


def _command_line():
    # Python 3.6 to 3.9 do not keep the words that an interpreter was started with.
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return os.fsdecode(file.read()).split("\\0")
    except OSError:
        return getattr(sys, "argv", [])


def _pinned(entry):
    if not isinstance(entry, str) or entry in _strange or _MARK in entry:
        return None
    for _ in range(5):
        generations, number, rest = _place(os.path.realpath(entry)) or _way(entry) or (None, None, None)
        if generations is None:
            break
        try:
            held = _hold(generations, _wanted(generations) or number)
        except FileNotFoundError:
            continue  # it was removed between the two looks: the link leads elsewhere by now
        # A generation of the shared layout leads on, to a directory that many environments have and none changes.
        return os.path.realpath(generations + held + rest)
    _strange.add(entry)
    return None


def _place(real):
    """The directory of generations that holds a real path, the number, and the rest of the path."""
    start = real.find(_MARK) + len(_MARK)
    number, slash, rest = real[start:].partition(os.sep)
    return (real[:start], number, slash + rest) if start >= len(_MARK) and number.isdigit() else None


def _way(entry):
    """The same for a path that leads through a generation to somewhere else: by a link at the top of its environment."""
    head, rest = os.path.abspath(entry), ""
    while os.path.basename(head):
        head, name = os.path.split(head)
        rest = os.sep + name + rest
        pointer = os.path.join(head, ".wheelwright", "current")
        if os.path.islink(os.path.join(head, name)) and os.path.islink(pointer):
            return _place(os.path.realpath(pointer) + rest)
    return None


def _wanted(generations):
    """The generation that a runner holds for all of its program, while it is there and of this environment."""
    named = os.environ.get("WHEELWRIGHT_GENERATION", "")
    number = named[len(generations):] if named.startswith(generations) else ""
    return number if number.isdigit() and os.path.isdir(named) else None


def _hold(generations, number):
    if generations not in _held:
        descriptor = None
        try:
            descriptor = os.open(generations + number, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
            if descriptor < 3:
                # A process started without its standard streams: their numbers are not ours to take.
                os.close(descriptor)
                descriptor = None
        except FileNotFoundError:
            raise
        except OSError:
            pass
        _held[generations] = (number, descriptor)
    return _held[generations][0]
`;
