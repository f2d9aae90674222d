// The part of the runner that notes what a build uses beside its tree, as Python text: variables that Python code reads,
// files outside, programs, the network. See runner-script.ts; what is done with the notes: cache/observed-inputs.ts.
//
// Every variable reaches the hooks. `os.environ` is the same object with another class; what copies it to start a program
// reads nothing by that. Files are seen by an audit hook (Python 3.8), and looks at what may not be there by `os.stat`.

/** Definitions, and the object `observer`; nothing is noted before `observer.start()`. */
export const observeScript = `
class Observer:
    MODULES_THAT_PASS_ON = ("subprocess", "multiprocessing", "distutils", "setuptools._distutils", "concurrent")
    PATH_LOOKS = ("os", "shutil", "subprocess", "posixpath", "distutils", "setuptools._distutils", "genericpath")

    HOME_LOOKS = ("posixpath", "pathlib", "site", "distutils", "setuptools._distutils")

    def __init__(self):
        self.variables, self.files, self.programs, self.facts = set(), {}, {}, set()
        self.skipped, self.own, self.on, self.bulk = (), [], False, (None, -1)

    def start(self, skipped):
        if not hasattr(sys, "addaudithook"):
            self.facts.add("unobservable:Python %d.%d has no audit hooks" % sys.version_info[:2])
            return
        self.own = sorted(set(self.own_places()))
        self.skipped = tuple(skipped) + tuple(place + "/" for place in self.own)
        sys.addaudithook(self.audit)
        self.watch_variables()
        self.watch_looks()
        self.on = True

    def own_places(self):
        """The standard library and the headers, which the interpreter's identity stands for; and what is installed for it.
        Never its whole prefix: other programs and their headers may lie below that."""
        name = "python%d.%d" % sys.version_info[:2]
        names = {name, name + getattr(sys, "abiflags", "")}
        multiarch = getattr(sys.implementation, "_multiarch", None)
        for prefix in {sys.base_prefix, sys.base_exec_prefix, os.path.realpath(sys.base_prefix)}:
            for each in names:
                yield os.path.join(prefix, "include", each)
                if multiarch:
                    yield os.path.join(prefix, "include", multiarch, each)
            for lib in {"lib", getattr(sys, "platlibdir", "lib")}:
                yield os.path.join(prefix, lib, name)
        yield os.path.dirname(os.__file__)
        if sys.prefix != sys.base_prefix:
            yield sys.prefix
            yield os.path.realpath(sys.prefix)
        elif "site" in sys.modules and hasattr(sys.modules["site"], "getsitepackages"):
            for place in sys.modules["site"].getsitepackages():
                yield place
        yield "/dev"

    def audit(self, event, args):
        if not self.on or event not in self.EVENTS:
            return
        try:
            getattr(self, self.EVENTS[event])(*args)
        except Exception as error:
            self.facts.add("unobservable:" + repr(error))

    EVENTS = {
        "open": "opened", "os.listdir": "listed", "os.scandir": "listed", "subprocess.Popen": "started",
        "os.exec": "executed", "os.posix_spawn": "executed", "os.spawn": "spawned", "os.system": "shell",
        "socket.connect": "connected", "socket.getaddrinfo": "looked_up", "ctypes.dlopen": "loaded",
    }

    def opened(self, path, mode, flags):
        if flags is not None and flags & os.O_ACCMODE == os.O_WRONLY:
            return
        self.note(path, "file")

    def listed(self, path=None, *_):
        self.note("." if path is None else path, "list")

    def loaded(self, name):
        if name and "/" in os.fsdecode(name):
            self.note(name, "file")

    def started(self, executable, argv, cwd, env):
        words = [argv] if isinstance(argv, (str, bytes, os.PathLike)) else list(argv)
        self.ran(executable if executable is not None else words[0], words)

    def executed(self, path, argv, *_):
        self.ran(path, list(argv))

    def spawned(self, mode, path, argv, *_):
        self.ran(path, list(argv))

    def shell(self, command):
        self.ran("sh", ["sh", "-c", os.fsdecode(command)])

    def connected(self, sock, address):
        if isinstance(address, tuple):
            self.facts.add("unobservable:the network was used")

    def looked_up(self, host=None, *_):
        if host not in (None, "", "localhost", b"localhost"):
            self.facts.add("unobservable:the network was used")

    def ran(self, program, words):
        program = os.fsdecode(program)
        if "/" in program and self.skips(program):
            return
        words = [os.fsdecode(word) if isinstance(word, (str, bytes, os.PathLike)) else "" for word in words]
        kept = self.programs.setdefault(program, [])
        if len(kept) < 50:
            kept.append(words[1:40])

    def note(self, path, kind):
        if isinstance(path, int):
            return
        path = os.fsdecode(path)
        if not path.startswith("/"):
            if not path.startswith((".git", "..")) and "/../" not in path and self.at_home:
                return
            path = os.path.join(os.getcwd(), path)
        if "/../" not in path and self.skips(path):
            return
        if path not in self.files or kind != "stat":
            self.files[path] = kind if self.files.get(path, kind) in (kind, "stat") else "both"

    home = None

    @property
    def at_home(self):
        """Whether the working directory lies in the tree, so that a plain relative path does too."""
        return self.home is not None and (os.getcwd() + "/").startswith(self.home)

    def skips(self, path):
        return path.startswith(self.skipped) and not path.startswith(self.beside)

    beside = ("\\0",)

    def look(self, path, kind):
        if self.on and isinstance(path, (str, bytes, os.PathLike)):
            self.note(path, kind)

    def watch_looks(self):
        for name in ("stat", "lstat", "access", "readlink"):
            real = getattr(os, name)
            watched = Watched(real, self)
            for supported in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
                if real in supported:
                    supported.add(watched)
            setattr(os, name, watched)

    def watch_variables(self):
        observer, base = self, type(os.environ)

        class Variables(base):
            def __getitem__(self, key):
                frame = sys._getframe(1)
                observer.read(key, frame)
                return base.__getitem__(self, key)

            def keys(self):
                observer.read_all(sys._getframe(1))
                return self.plain().keys()

            def items(self):
                observer.read_all(sys._getframe(1))
                return self.plain().items()

            def values(self):
                observer.read_all(sys._getframe(1))
                return self.plain().values()

            def __iter__(self):
                observer.read_all(sys._getframe(1))
                return iter(self.plain())

            def copy(self):
                return Copied(self.plain())

            def plain(self):
                return {self.decodekey(key): self.decodevalue(value) for key, value in self._data.items()}

        class Copied(dict):
            def __getitem__(self, key):
                observer.read(key, sys._getframe(1))
                return dict.__getitem__(self, key)

            def get(self, key, default=None):
                observer.read(key, sys._getframe(1))
                return dict.get(self, key, default)

            def __contains__(self, key):
                observer.read(key, sys._getframe(1))
                return dict.__contains__(self, key)

            def copy(self):
                return Copied(self)

        os.environ.__class__ = Variables

    def read(self, key, frame):
        if not self.on or (frame is self.bulk[0] and frame.f_lasti == self.bulk[1]):
            return
        while frame is not None and frame.f_globals.get("__name__") in ("os", "_collections_abc", "collections.abc"):
            frame = frame.f_back
        module = frame.f_globals.get("__name__", "") if frame is not None else ""
        key = os.fsdecode(key) if isinstance(key, (str, bytes)) else ""
        if key in ("PATH", "PATHEXT") and module.startswith(self.PATH_LOOKS):
            return
        if key == "HOME" and module.startswith(self.HOME_LOOKS):
            return
        self.variables.add(key)

    def read_all(self, frame):
        """A copy of all of them by a C function reads one after the other at one place of the caller: that is no reading."""
        self.bulk = (frame, frame.f_lasti)
        if self.on and not frame.f_globals.get("__name__", "").startswith(self.MODULES_THAT_PASS_ON):
            self.variables.add("*")

    def enter(self, tree, beside):
        """A hook begins to work in \`tree\`; what lies in \`beside\` and not in the tree was linked there."""
        tree = tree.rstrip("/") + "/"
        self.home, self.skipped, self.beside = tree, self.skipped + (tree,), (beside.rstrip("/") + "/.git/",)

    def notes(self):
        self.on = False
        return {
            "variables": sorted(self.variables), "files": self.files, "programs": self.programs,
            "facts": sorted(self.facts), "own": self.own,
        }


class Watched:
    """A function of \`os\` that notes what it looks at. No function: it must not become a method where a class holds it."""

    def __init__(self, real, observer):
        self.real, self.observer = real, observer
        self.__name__, self.__doc__ = real.__name__, real.__doc__

    def __call__(self, path, *args, **named):
        if named.get("dir_fd") is None:
            self.observer.look(path, "stat")
        return self.real(path, *args, **named)


observer = Observer()
`;
