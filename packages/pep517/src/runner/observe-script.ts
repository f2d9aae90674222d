// Python text: the part of the runner that records the inputs of a build outside of its tree: variables that Python code
// reads, files, programs, the network. cache/observed-inputs.ts evaluates the records.
//
// An audit hook (Python 3.8) sees opened files; a wrapper of `os.stat` sees checks for files that may be missing. Each
// record is one line, written at once. Processes that a hook forks and Pythons that it starts (child-script.ts) write into
// the same file. Files that one of them created in the tree are not recorded.
import { watchScript } from './watch-script.ts';

/** Definitions, and the object `observer`. Nothing is recorded before `observer.start()`. */
export const observeScript = `
import re
from _json import encode_basestring_ascii as quoted
${watchScript}

class Observer(Watcher):
    EVENTS = {
        "open": "opened", "os.listdir": "listed", "os.scandir": "listed", "subprocess.Popen": "started",
        "os.exec": "executed", "os.posix_spawn": "executed", "os.spawn": "spawned", "os.system": "shell",
        "socket.connect": "connected", "socket.getaddrinfo": "looked_up", "socket.gethostname": "host_named",
        "ctypes.dlopen": "loaded", "os.link": "linked", "os.rename": "linked", "os.symlink": "pointed",
        "exec": "run", "cpython.run_file": "run_file", "shutil.rmtree": "removed", "sqlite3.connect": "loaded",
        "socket.sendto": "connected", "ctypes.dlsym": "found_symbol",
    }
    WRITE_LOGS = re.compile(r"(^|/)(cargo|maturin|ninja|meson|cmake|g?make)$")
    LOGS = re.compile(r"\\.d$|^(build\\.ninja|link\\.txt|Makefile\\.cmake|flags\\.make)$")
    ABSOLUTE = re.compile(r"""(?<=[\\s="':;,(\\[ILF])(/(?:[^\\s"':;,|()\\[\\]$\\\\]|\\\\ )+)""")
    OF_NOW = {
        "now", "utcnow", "today", "strftime", "ctime", "asctime", "uuid1", "uuid4", "urandom", "token_hex", "token_bytes",
        "token_urlsafe", "getnode", "gethostname", "getfqdn", "getrandbits", "randint", "nodename",
    }
    # packaging.tags asks for the C library, and ctypes itself for the interpreter.
    HARMLESS_SYMBOLS = re.compile(r"^_?Py|^gnu_get_libc_version$")
    SCRIPTS = ("setup.py", "build.py", "hatch_build.py", "pdm_build.py")

    home, beside, notes_file, child_dir, harvests = None, ("\\0",), None, "", False
    of_now = OF_NOW

    def __init__(self):
        self.seen, self.pending, self.files, self.ran_code = set(), [], set(), []
        self.skipped, self.backend_dirs, self.on = (), (), False

    def start(self, skipped, backend_dirs=()):
        self.backend_dirs = tuple(place.rstrip("/") + "/" for place in backend_dirs)
        if not hasattr(sys, "addaudithook"):
            self.fact("Python %d.%d has no audit hooks" % sys.version_info[:2])
            return
        own = sorted(set(self.own_places()))
        for place in own:
            self.tell("own", place)
        self.skipped = tuple(skipped) + tuple(place + "/" for place in own)
        sys.addaudithook(self.audit)
        self.watch_variables()
        self.watch_looks()
        self.watch_answers()
        if "random" not in sys.modules:
            self.of_now = self.OF_NOW | {"random"}
        self.readlink = os.readlink.real
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
        for program in {sys.executable, os.path.realpath(sys.executable), getattr(sys, "_base_executable", sys.executable)}:
            yield program
            yield os.path.join(os.path.dirname(program), "Modules")
        if sys.prefix != sys.base_prefix:
            yield sys.prefix
            yield os.path.realpath(sys.prefix)
        elif "site" in sys.modules and hasattr(sys.modules["site"], "getsitepackages"):
            for place in sys.modules["site"].getsitepackages():
                yield place
        yield "/dev"

    def enter(self, tree, beside, notes_file, child_dir, skipped):
        """A hook begins to work in \`tree\`; everything in \`beside\` outside of the tree is a link."""
        self.home, self.beside = tree.rstrip("/") + "/", (beside.rstrip("/") + "/.git/",)
        self.skipped += (self.home,) + tuple(place.rstrip("/") + "/" for place in skipped)
        self.notes_file, self.child_dir = notes_file, child_dir
        if hasattr(sys, "addaudithook"):
            self.watch_answers()
        self.append("".join(self.pending))
        for code in self.ran_code:
            self.look_at(code)

    def end(self, *tops):
        """A hook has ended: what its tools wrote of what they read is there now."""
        for top in tops:
            self.harvest(top)
        self.tell("end", str(os.getpid()))
        self.on = False

    def tell(self, *values, words=None):
        fields = [quoted(value) for value in values]
        if words is not None:
            fields.append("[" + ",".join(map(quoted, words)) + "]")
        line = "[" + ",".join(fields) + "]\\n"
        if line in self.seen:
            return
        self.seen.add(line)
        if self.notes_file is None:
            self.pending.append(line)
        else:
            self.append(line)

    def append(self, text):
        fd = os.open(self.notes_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, text.encode("ascii"))
        finally:
            os.close(fd)

    def fact(self, text):
        self.tell("fact", text)

    def note_variable(self, name):
        self.tell("variable", name)

    def audit(self, event, args):
        if not self.on or event not in self.EVENTS:
            return
        try:
            getattr(self, self.EVENTS[event])(*args)
        except FileNotFoundError:
            pass  # The build is over, and its area gone.
        except Exception as error:
            self.fact(repr(error))

    def opened(self, path, mode, flags):
        if flags is not None and flags & os.O_ACCMODE == os.O_WRONLY:
            return
        self.note(path, "file")

    def listed(self, path=None, *_):
        if isinstance(path, int):
            path = self.below(path, "")
        self.note("." if path is None else path, "list")

    def below(self, fd, path):
        """The path of a file in the directory of a descriptor."""
        try:
            return os.path.join(self.readlink("/proc/self/fd/%d" % fd), os.fsdecode(path))
        except (OSError, TypeError):
            if self.on and not os.path.isabs(path):
                self.fact("%s was looked for in an open directory" % os.fsdecode(path))
            return path

    def found_symbol(self, library, name):
        if not isinstance(name, str) or not self.HARMLESS_SYMBOLS.search(name):
            self.fact("ctypes called %s, and what that uses is not seen" % (name,))

    def asked_by(self, frame, name):
        file = self.absolute(frame.f_code.co_filename)
        where = file[len(self.home):] if self.home is not None and file.startswith(self.home) else file
        self.fact("%s calls %s()" % (where, name))

    def loaded(self, name):
        if name and "/" in os.fsdecode(name):
            self.note(name, "file")

    def linked(self, source, *_):
        self.note(source, "file")

    def pointed(self, source, target, *_):
        """A link in the tree leads to all that lies where it points to."""
        self.note(os.path.join(os.path.dirname(self.absolute(target)), os.fsdecode(source)), "deep")

    def removed(self, path, *_):
        """A tool's own directory goes, with what it wrote of what it read."""
        self.harvest(path)

    def host_named(self):
        self.fact("the name of the machine was asked for")

    def connected(self, sock, address):
        local = isinstance(address, (str, bytes))
        if not local or not self.skips(self.absolute(address)):
            self.fact("the network was used" if not local else "a socket was used")

    def looked_up(self, host=None, *_):
        if host not in (None, "", "localhost", b"localhost"):
            self.fact("the network was used")

    def run(self, code):
        if self.home is None:
            self.ran_code.append(code)
        else:
            self.look_at(code)

    def look_at(self, code):
        """Code of the tree that asks for the time, or for what is another each time."""
        name = getattr(code, "co_filename", "<")
        if name.startswith("<") or (name.startswith("/") and not name.startswith(self.home)):
            return
        name = self.absolute(name)
        if not name.startswith(self.home):
            return
        builds = os.path.basename(name) in self.SCRIPTS or name.startswith(self.backend_dirs)
        found = self.names_in(code, builds) & self.of_now
        if found:
            self.fact("%s calls %s()" % (name[len(self.home):], sorted(found)[0]))

    def run_file(self, file):
        """A script that is run by itself."""
        self.on = False
        try:
            with open(file, "rb") as script:
                code = compile(script.read(), self.absolute(file), "exec")
        except (OSError, ValueError, SyntaxError):
            return
        finally:
            self.on = True
        self.backend_dirs += (self.absolute(file),)
        self.look_at(code)

    def names_in(self, code, deep):
        found = set(code.co_names)
        for each in code.co_consts if deep else ():
            if hasattr(each, "co_names"):
                found |= self.names_in(each, deep)
        return found

    def started(self, executable, argv, cwd, env):
        words = [argv] if isinstance(argv, (str, bytes, os.PathLike)) else list(argv)
        self.ran(executable if executable is not None else words[0], words, cwd, env)

    def executed(self, path, argv, env=None):
        self.ran(path, list(argv), None, env)

    def spawned(self, mode, path, argv, env=None):
        self.ran(path, list(argv), None, env)

    def shell(self, command):
        self.ran("sh", ["sh", "-c", os.fsdecode(command)], None, None)

    def ran(self, program, words, cwd, env):
        program = os.fsdecode(program)
        cwd = self.absolute("." if cwd is None else cwd)
        if "/" in program:
            program = os.path.join(cwd, program)
        words = [os.fsdecode(word) if isinstance(word, (str, bytes, os.PathLike)) else "" for word in words][1:]
        self.harvests = self.harvests or self.WRITE_LOGS.search(program) is not None
        how = "watched" if self.passes_on(env) else "unwatched"
        self.tell("program", program, cwd, how, words=words[:500])

    def passes_on(self, env):
        """Whether a program gets the variables by which it, and the Pythons that it starts, note what they use."""
        env = dict.copy(os.environ.__dict__["_data"]) if env is None else env
        found = {os.fsdecode(name): os.fsdecode(value) for name, value in dict.items(dict(env))}
        return "SUNPRO_DEPENDENCIES" in found and self.child_dir in found.get("PYTHONPATH", "").split(":")

    def absolute(self, path):
        return os.path.join(os.getcwd(), os.fsdecode(path))

    def note(self, path, kind):
        if isinstance(path, int):
            return
        path = os.fsdecode(path)
        if not path.startswith("/"):
            if not path.startswith((".git", "..")) and "/../" not in path and self.at_home:
                return
            path = os.path.join(os.getcwd(), path)
        if "/../" not in path and not path.endswith("/..") and self.skips(path):
            return
        if kind == "stat" and path in self.files:
            return
        self.files.add(path)
        self.tell("file", path, kind)

    @property
    def at_home(self):
        """Whether the working directory is in the tree, so that a plain relative path is too."""
        return self.home is not None and (os.getcwd() + "/").startswith(self.home)

    def skips(self, path):
        return path.startswith(self.skipped) and not path.startswith(self.beside)

    def look(self, path, kind):
        if self.on and isinstance(path, (str, bytes, os.PathLike)):
            try:
                self.note(path, kind)
            except FileNotFoundError:
                pass  # The build is over, and its area gone.

    def harvest(self, top):
        """What compilers and build tools wrote of the files that they read."""
        if not self.harvests or not self.on:
            return
        self.on = False
        try:
            for root, _, names in os.walk(os.fsdecode(top)):
                for name in names:
                    if self.LOGS.search(name):
                        with open(os.path.join(root, name), "rb") as log:
                            found = self.ABSOLUTE.findall(" " + log.read(1 << 23).decode("utf-8", "replace"))
                        for path in set(found):
                            path = path.replace("\\\\ ", " ")
                            if not self.skips(path) and os.path.exists(path):
                                self.tell("read", path)
        except OSError:
            pass  # It goes while it is looked at.
        finally:
            self.on = True


observer = Observer()
`;
