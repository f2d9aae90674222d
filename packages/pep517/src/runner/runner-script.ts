// The Python half of the runner, as text: it goes to the interpreter over standard input, so there is no file to find
// after bundling. Python 3.6 to 3.14, standard library only.
//
// It imports the backend once and forks for each hook. Requests come and answers go as JSON lines on descriptor 3; what
// hooks print never mixes with them. Each hook leads a process group of its own, and that group is killed when the hook
// has ended. When Node dies, descriptor 3 reports it, and the hooks are ended too; during the import, which may hang in
// C, a second process watches for that.
//
// A load may name modules to import beside the backend, so that no hook has to; `endsAtOnce` says that what runs in the
// hooks is known to need no more at its end than its threads, its exit functions and its files.

/** What `-c` runs: the script itself is read from standard input. The working directory shadows no module for it. */
export const runnerBootstrap =
  'import sys;sys.path[0] or sys.path.pop(0);exec(compile(sys.stdin.buffer.read(),"<wheelwright>","exec"))';

export const runnerScript = String.raw`
import errno, gc, importlib, importlib.machinery, io, json, os, select, selectors, signal, sys, time, traceback

CONTROL = 3
GRACE = 2.0


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def send(message):
    try:
        write_all(CONTROL, json.dumps(message, default=repr).encode("ascii") + b"\n")
    except OSError:
        end_everything()


class BackendUnavailable(Exception):
    pass


class InTreeFinder:
    """Lets the backend's top module come from backend-path and from nowhere else (PEP 517)."""

    def __init__(self, path, module):
        self.path, self.top = path, module.partition(".")[0]

    def find_spec(self, fullname, path=None, target=None):
        if "." in fullname or fullname != self.top:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, self.path)
        if spec is None:
            raise BackendUnavailable("no module " + fullname + " in backend-path")
        return spec


class InTreeLoader(importlib.machinery.SourceFileLoader):
    """Leaves no byte-code in the tree."""

    def set_data(self, *_, **__):
        pass


def find_in_tree(roots):
    loaders = (
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (InTreeLoader, importlib.machinery.SOURCE_SUFFIXES),
        (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
    )

    def hook(entry):
        if not any(entry == root or entry.startswith(root + os.sep) for root in roots):
            raise ImportError(entry)
        return importlib.machinery.FileFinder(entry, *loaders)

    return hook


def load_backend(request):
    path = request["backendPath"]
    if path:
        sys.path[0:0] = path
        sys.path_hooks.insert(0, find_in_tree(path))
        sys.path_importer_cache.clear()
        finder = InTreeFinder(path, request["module"])
        finder.find_spec(finder.top)
        sys.meta_path.insert(0, finder)
        for name in list(sys.modules):
            if name.partition(".")[0] == finder.top:
                del sys.modules[name]
    try:
        backend = importlib.import_module(request["module"])
    except ImportError as error:
        raise BackendUnavailable(str(error)) from error
    for name in (request.get("object") or "").split("."):
        if name:
            try:
                backend = getattr(backend, name)
            except AttributeError as error:
                raise BackendUnavailable(str(error)) from error
    return backend


def preload(names):
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            pass  # Other versions have other modules: the hook imports what it needs.


def describe(error):
    """The traceback without the frames of this script."""
    if isinstance(error, BackendUnavailable) and error.__cause__ is not None:
        error = error.__cause__
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in ("<wheelwright>", "<string>"):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    return {"error": lines[-1].strip(), "traceback": "".join(lines)}


def failure(error):
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
        return {"outcome": "exited", "status": error.code if isinstance(error.code, int) else int(error.code is not None)}
    kind = "unavailable" if isinstance(error, BackendUnavailable) else "raised"
    return dict(describe(error), outcome=kind)


def call_hook(backend, request):
    os.chdir(request["cwd"])
    os.environ.update(request["environ"])
    importlib.invalidate_caches()
    hook = getattr(backend, request["hook"], None)
    if hook is None:
        return {"outcome": "missing"}
    try:
        return {"outcome": "result", "value": hook(*request["args"])}
    except BaseException as error:
        unsupported = getattr(backend, "UnsupportedOperation", None)
        if isinstance(unsupported, type) and isinstance(error, unsupported):
            return dict(describe(error), outcome="unsupported")
        return failure(error)


class Hook:
    """A hook that runs in a child."""

    def __init__(self, request, pid, answer_fd, output_fd):
        self.id, self.pid, self.answer_fd, self.output_fd, self.answer = request["id"], pid, answer_fd, output_fd, b""
        for fd in (answer_fd, output_fd):
            os.set_blocking(fd, False)

    def read_output(self):
        while True:
            data = read_some(self.output_fd)
            if not data:
                return data
            send({"id": self.id, "output": data.decode("latin-1")})

    def read_answer(self):
        while True:
            data = read_some(self.answer_fd)
            if not data:
                return data
            self.answer += data

    def kill(self, number):
        try:
            os.killpg(self.pid, number)
        except OSError:
            pass

    def finish(self):
        """Called once the child is a zombie or reaped: ends what it left behind, then answers."""
        self.kill(signal.SIGKILL)
        self.read_output()
        self.read_answer()
        os.close(self.output_fd)
        os.close(self.answer_fd)


def read_some(fd):
    """Bytes, b"" at the end, None when there is nothing yet."""
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return None


running = {}


def has_exited(pid):
    """Whether the child has ended; it is left to be reaped where the platform can, so that its group keeps its number."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return False


def collect(selector):
    for hook in list(running.values()):
        status = None
        if hasattr(os, "waitid"):
            if not has_exited(hook.pid):
                continue
        else:
            pid, status = os.waitpid(hook.pid, os.WNOHANG)
            if pid == 0:
                continue
        for fd in (hook.output_fd, hook.answer_fd):
            try:
                selector.unregister(fd)
            except KeyError:
                pass
        hook.finish()
        if status is None:
            status = os.waitpid(hook.pid, 0)[1]
        del running[hook.id]
        if hook.answer.endswith(b"\n"):
            answer = json.loads(hook.answer.decode("ascii"))
        elif os.WIFSIGNALED(status):
            answer = {"outcome": "exited", "signal": os.WTERMSIG(status)}
        else:
            answer = {"outcome": "exited", "status": os.WEXITSTATUS(status)}
        send(dict(answer, id=hook.id))


def end_everything():
    """Node is gone, or wants no more of us: hooks get a moment, then everything ends."""
    for hook in running.values():
        hook.kill(signal.SIGTERM)
    deadline = time.time() + GRACE
    while any(not has_exited(hook.pid) for hook in running.values()) and time.time() < deadline:
        time.sleep(0.01)
    for hook in running.values():
        hook.kill(signal.SIGKILL)
    os._exit(0)


def watch_during_import():
    """A child that ends us when Node goes away while the import hangs."""
    resident = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        poll = select.poll()
        poll.register(CONTROL, 0)
        poll.poll()
        os.killpg(resident, signal.SIGKILL)
    finally:
        os._exit(0)


def start_hook(backend, request, selector, ends_at_once):
    answer_read, answer_write = os.pipe()
    output_read, output_write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        try:
            os.setpgid(pid, pid)
        except OSError:
            pass
        os.close(answer_write)
        os.close(output_write)
        hook = running[request["id"]] = Hook(request, pid, answer_read, output_read)
        selector.register(answer_read, selectors.EVENT_READ, hook.read_answer)
        selector.register(output_read, selectors.EVENT_READ, hook.read_output)
        send({"id": request["id"], "pid": pid})
        return
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    selector.close()
    for fd in [CONTROL, answer_read, output_read] + list(wakeup):
        os.close(fd)
    for hook in running.values():
        os.close(hook.answer_fd)
        os.close(hook.output_fd)
    running.clear()
    os.dup2(output_write, 1)
    os.dup2(output_write, 2)
    os.close(output_write)
    answer = call_hook(backend, request)
    write_all(answer_write, json.dumps(answer, default=repr).encode("ascii") + b"\n")
    os.close(answer_write)
    if ends_at_once:
        end_at_once()
    raise HookDone()


def end_at_once():
    """What Python does at its end, without taking every module apart first."""
    import atexit, threading
    threading._shutdown()
    atexit._run_exitfuncs()
    gc.collect()
    for found in [sys.stdout, sys.stderr] + gc.get_objects():
        try:
            if isinstance(found, io.IOBase) and not found.closed:
                found.flush()
        except Exception:
            pass  # As Python does with what it cannot flush at its end.
    os._exit(0)


class HookDone(Exception):
    """Leaves the resident's loop in the child, which then ends as any Python program does."""


def serve():
    backend, ends_at_once, pending = None, False, b""
    selector = selectors.DefaultSelector()
    selector.register(CONTROL, selectors.EVENT_READ, None)
    selector.register(wakeup[0], selectors.EVENT_READ, lambda: read_some(wakeup[0]))
    while True:
        for key, _ in selector.select():
            if key.data is not None:
                if key.data() == b"":
                    selector.unregister(key.fd)
                continue
            data = os.read(CONTROL, 65536)
            if not data:
                end_everything()
            lines = (pending + data).split(b"\n")
            pending = lines.pop()
            for line in lines:
                request = json.loads(line.decode("utf-8"))
                if "load" in request:
                    watcher = watch_during_import()
                    try:
                        backend = load_backend(request["load"])
                        preload(request["load"].get("preload", ()))
                        ends_at_once = request["load"].get("endsAtOnce", False)
                        if hasattr(gc, "freeze"):
                            gc.freeze()  # Else each hook's collector writes to, and so copies, every page of ours.
                        answer = {"outcome": "result"}
                    except BaseException as error:
                        answer = failure(error)
                    os.kill(watcher, signal.SIGKILL)
                    os.waitpid(watcher, 0)
                    sys.stdout.flush()
                    sys.stderr.flush()
                    send(dict(answer, id=request["id"]))
                elif "kill" in request:
                    if request["id"] in running:
                        running[request["id"]].kill(request["kill"])
                else:
                    start_hook(backend, request, selector, ends_at_once)
        collect(selector)


os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(1, 2)
os.set_inheritable(CONTROL, False)
sys.argv = ["build-hook"]
sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
wakeup = os.pipe()
for fd in wakeup:
    os.set_blocking(fd, False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(wakeup[1])
try:
    serve()
except HookDone:
    pass
`;
