// Python text: the part of the runner that sees which variables Python code reads, which paths it examines, and whether
// code of the tree asks for what differs each time; the base class of the observer in observe-script.ts.
//
// Hooks get every variable. `os.environ` is the same object with another class. Copying it to start a program does not
// count as reading.

/** Definitions only; they start nothing. */
export const watchScript = `
class Watcher:
    MODULES_THAT_PASS_ON = ("subprocess", "multiprocessing", "distutils", "setuptools._distutils", "concurrent")
    PATH_LOOKS = ("shutil", "subprocess", "distutils", "setuptools._distutils")
    HOME_LOOKS = ("posixpath", "pathlib", "genericpath", "ntpath", "glob")
    ANSWERS_OF_NOW = {
        "time": ("time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"),
        "random": ("random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "uniform", "getrandbits"),
        "os": ("getpid", "getppid", "urandom", "getloadavg", "statvfs", "times", "getlogin"),
        "platform": ("node", "uname", "release", "version", "platform"),
    }

    bulk = (None, -1)

    def watch_looks(self):
        for name in ("stat", "lstat", "access", "readlink", "open"):
            real = getattr(os, name)
            watched = Watched(real, self, "os", name)
            for supported in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
                if real in supported:
                    supported.add(watched)
            setattr(os, name, watched)

    def watch_answers(self):
        """Code of the tree that asks for the time or for chance; libraries may, for names and logs."""
        for module, names in self.ANSWERS_OF_NOW.items():
            for name in names:
                real = getattr(sys.modules.get(module), name, None)
                if real is not None and not isinstance(real, Asked):
                    setattr(sys.modules[module], name, Asked(real, self, module, name))

    def watch_variables(self):
        observer, base, own = self, type(os.environ), globals()

        def is_internal(frame):
            return frame.f_globals is own or frame.f_globals.get("__name__") == "os"

        def note_all(frame):
            if not is_internal(frame):
                observer.read_all(frame)

        class Raw(dict):
            """The mapping below os.environ, which is posix.environ too."""

            def __getitem__(self, key):
                note_all(sys._getframe(1))
                return dict.__getitem__(self, key)

        class Copied(dict):
            def __getitem__(self, key):
                observer.read(key, sys._getframe(1))
                return dict.__getitem__(self, key)

            def copy(self):
                return Copied(plain(self))

        def copies_as_dict(kind):
            """A copy stays watched. Pickling gives a dict, as without the observer."""
            def reduce(self, protocol):
                note_all(sys._getframe(1))
                return dict, (plain(self),)
            kind.__reduce_ex__ = reduce
            kind.__copy__ = lambda self: kind(plain(self))
            kind.__deepcopy__ = lambda self, memo: kind(plain(self))

        class Variables(base):
            def __getitem__(self, key):
                observer.read(key, sys._getframe(1))
                return base.__getitem__(self, key)

            def copy(self):
                return Copied(self.plain())

            def plain(self):
                raw = self.__dict__["_data"]
                return {self.decodekey(key): self.decodevalue(value) for key, value in dict.items(raw)}

        def plain(mapping):
            return mapping.plain() if isinstance(mapping, Variables) else dict(dict.items(mapping))

        def reads_all(kind, name):
            def method(self, *args):
                note_all(sys._getframe(1))
                return getattr(plain(self), name)(*args)
            setattr(kind, name, method)

        def reads_one(kind, name, note):
            inherited = getattr(kind, name)
            def method(self, key, *args):
                note(key, sys._getframe(1))
                return inherited(self, key, *args)
            setattr(kind, name, method)

        for name in ("keys", "items", "values", "__iter__", "__len__", "__repr__", "__eq__", "__or__", "__ror__"):
            for kind in (Raw, Copied, Variables):
                if hasattr(kind, name):
                    reads_all(kind, name)
        for name in ("get", "__contains__", "pop", "setdefault"):
            reads_one(Copied, name, observer.read)
            reads_one(Raw, name, lambda key, frame: note_all(frame))
        reads_all(Raw, "copy")
        copies_as_dict(Raw)
        copies_as_dict(Copied)
        # Defining __eq__ takes __hash__ away, as dict and os.environ have none.
        os.environ._data = Raw(os.environ._data)
        Variables._data = property(lambda self: self.__dict__["_data"])
        os.environ.__class__ = Variables
        if hasattr(os, "environb"):
            os.environb._data = os.environ._data
            os.environb.__class__ = Variables
        if "posix" in sys.modules:
            sys.modules["posix"].environ = os.environ._data

    def read(self, key, frame):
        if not self.on or frame.f_globals is globals() or (frame is self.bulk[0] and frame.f_lasti == self.bulk[1]):
            return
        while frame is not None and frame.f_globals.get("__name__") in ("os", "_collections_abc", "collections.abc"):
            frame = frame.f_back
        module = frame.f_globals.get("__name__", "") if frame is not None else ""
        key = os.fsdecode(key) if isinstance(key, (str, bytes)) else ""
        if key in ("PATH", "PATHEXT") and module.startswith(self.PATH_LOOKS):
            return self.look_up(frame)
        if key == "HOME" and module.startswith(self.HOME_LOOKS) and frame.f_code.co_name != "expandvars":
            return self.look_home(frame)
        self.note_variable(key)

    def look_up(self, frame):
        """A program is looked for by name, and is recorded rather than the whole search path."""
        name = frame.f_locals.get("cmd", frame.f_locals.get("executable"))
        if frame.f_code.co_name in ("which", "find_executable") and isinstance(name, (str, bytes)):
            self.tell("which", os.fsdecode(name))
        elif not frame.f_globals.get("__name__", "").startswith("subprocess"):
            self.note_variable("PATH")

    def look_home(self, frame):
        """A library looks for a file below the home directory; code of the tree may use the path itself."""
        while frame is not None and frame.f_globals.get("__name__", "").startswith(self.HOME_LOOKS):
            frame = frame.f_back
        if self.of_tree(frame):
            self.note_variable("HOME")
        else:
            self.tell("home")

    def of_tree(self, frame):
        name = "<" if frame is None else frame.f_code.co_filename
        if name.startswith("<"):
            return frame is not None and frame.f_globals.get("__name__") == "__main__" and "wheelwright" not in name
        name = name if name.startswith("/") else self.absolute(name)
        return name.startswith(self.backend_dirs) or (self.home is not None and name.startswith(self.home))

    def read_all(self, frame):
        """A C function that copies all variables reads them at one line of the caller; that does not count as reading."""
        self.bulk = (frame, frame.f_lasti)
        if self.on and not frame.f_globals.get("__name__", "").startswith(self.MODULES_THAT_PASS_ON):
            self.note_variable("*")


class StandIn:
    """Stands for a function of a module. Not a function itself, since it must not become a method where a class holds it.
    Pickling and copying keep it by its name, as they keep the function."""

    def __init__(self, real, observer, module, name):
        self.real, self.observer = real, observer
        self.__module__, self.__name__, self.__qualname__, self.__doc__ = module, name, name, real.__doc__

    def __reduce__(self):
        return self.__name__

    def __repr__(self):
        return repr(self.real)


class Watched(StandIn):
    """A function of \`os\` that notes what it looks at."""

    def __call__(self, path, *args, **named):
        kind = "file" if self.__name__ == "open" else "stat"
        fd = named.get("dir_fd")
        if fd is not None:
            self.observer.look(self.observer.below(fd, path), kind)
        elif kind == "stat":
            self.observer.look(path, kind)
        return self.real(path, *args, **named)


class Asked(StandIn):
    """A function whose answer differs each time."""

    def __call__(self, *args, **named):
        given = {"strftime": 2, "localtime": 1, "gmtime": 1, "ctime": 1, "asctime": 1}.get(self.__name__, 99)
        if len(args) < given and self.observer.on:
            frame = sys._getframe(1)
            if self.observer.of_tree(frame):
                self.observer.asked_by(frame, self.__name__)
        return self.real(*args, **named)
`;
