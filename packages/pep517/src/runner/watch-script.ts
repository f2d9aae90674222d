// Python text: the part of the runner that sees which variables Python code reads and which paths it examines, the base
// class of the observer in observe-script.ts.
//
// Hooks get every variable. `os.environ` is the same object with another class. Copying it to start a program does not
// count as reading.

/** Definitions only; they start nothing. */
export const watchScript = `
class Watcher:
    MODULES_THAT_PASS_ON = ("subprocess", "multiprocessing", "distutils", "setuptools._distutils", "concurrent")
    PATH_LOOKS = ("os", "shutil", "subprocess", "posixpath", "distutils", "setuptools._distutils", "genericpath")
    HOME_LOOKS = ("posixpath", "pathlib", "site", "distutils", "setuptools._distutils")

    bulk = (None, -1)

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
        if hasattr(os, "environb"):
            os.environb.__class__ = Variables

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
        self.note_variable(key)

    def read_all(self, frame):
        """A C function that copies all variables reads them at one line of the caller; that does not count as reading."""
        self.bulk = (frame, frame.f_lasti)
        if self.on and not frame.f_globals.get("__name__", "").startswith(self.MODULES_THAT_PASS_ON):
            self.note_variable("*")


class Watched:
    """A function of \`os\` that notes what it looks at. No function: it must not become a method where a class holds it."""

    def __init__(self, real, observer):
        self.real, self.observer = real, observer
        self.__name__, self.__doc__ = real.__name__, real.__doc__

    def __call__(self, path, *args, **named):
        if named.get("dir_fd") is None:
            self.observer.look(path, "stat")
        return self.real(path, *args, **named)
`;
