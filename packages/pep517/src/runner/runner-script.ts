// The Python half of the runner, as text. The interpreter reads it from standard input, so a bundle needs no further file.
// Python 3.6 to 3.14, standard library only.
//
// It imports the backend once and forks for each hook. Requests and answers are JSON lines on descriptor 3, separate from
// the output of hooks. Each hook leads its own process group, which is killed when the hook has ended. When Node dies,
// descriptor 3 reports it, and the hooks are ended too. During the import, which may hang in C, a second process watches.
//
// A backend that started threads during its import cannot be forked: the child would lack the threads, and their locks
// would stay locked for ever. The hooks of such a backend run in new processes, which import it again.
//
// A load request may name further modules to import, so that the hooks need not import them. `endsAtOnce` states that the
// code of the hooks needs nothing at its end but its threads, its exit functions and its files.
import { importScript } from './import-script.ts';
import { observeScript } from './observe-script.ts';

/** The code for `-c`, which reads the script from standard input. The working directory shadows no module for it. */
export const runnerBootstrap =
  'import sys;sys.path[0] or sys.path.pop(0);SCRIPT=sys.stdin.buffer.read();exec(compile(SCRIPT.partition(bytes(1))[0],"<wheelwright>","exec"))';

export const runnerScript = String.raw`
import errno, gc, importlib, importlib.machinery, io, json, os, platform, random, select, selectors, signal, sys, time, traceback

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


${importScript}
${observeScript}

class Hook:
    """A hook that runs in a child."""

    def __init__(self, request, pid, answer_fd, output_fd):
        self.id, self.pid, self.answer_fd, self.output_fd, self.answer = request["id"], pid, answer_fd, output_fd, b""
        self.child = None
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
        if hook.child is not None:
            hook.child.returncode = 0  # Reaped here: subprocess must not wait for it.
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


def has_threads():
    """Whether threads run beside this one: those of Python, and where the system tells it those of native code."""
    noted, observer.on = observer.on, False
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        import threading
        return threading.active_count() > 1
    finally:
        observer.on = noted


def start_afresh(load, request, selector):
    """The hook in a new interpreter, which imports the backend for it."""
    import subprocess
    answer_read, answer_write = os.pipe()
    output_read, output_write = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-c", BOOTSTRAP, str(answer_write)],
        stdin=subprocess.PIPE, stdout=output_write, stderr=output_write, pass_fds=[answer_write])
    try:
        os.setpgid(child.pid, child.pid)
    except OSError:
        pass
    os.close(answer_write)
    os.close(output_write)
    hook = running[request["id"]] = Hook(request, child.pid, answer_read, output_read)
    hook.child = child
    selector.register(answer_read, selectors.EVENT_READ, hook.read_answer)
    selector.register(output_read, selectors.EVENT_READ, hook.read_output)
    send({"id": request["id"], "pid": child.pid})
    try:
        child.stdin.write(SCRIPT.partition(bytes(1))[0] + bytes(1) + json.dumps([load, request]).encode("ascii"))
        child.stdin.close()
    except OSError:
        pass  # It has already ended; its answer says how.


def run_afresh(load, request):
    """What the new interpreter does."""
    answer_fd = int(sys.argv[1])
    os.set_inheritable(answer_fd, False)
    try:
        os.setpgid(0, 0)
    except OSError:
        pass
    prepare_streams()
    try:
        if load.get("observe") is not None:
            observer.start(load["observe"], load["backendPath"])
        backend = load_backend(load)
    except BaseException as error:
        answer = failure(error)
    else:
        answer = call_hook(backend, request)
    write_all(answer_fd, json.dumps(answer, default=repr).encode("ascii") + b"\n")
    os.close(answer_fd)
    raise HookDone()


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
    backend, ends_at_once, threaded, load, pending = None, False, False, None, b""
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
                    watcher, load = watch_during_import(), request["load"]
                    try:
                        if load.get("observe") is not None:
                            observer.start(load["observe"], load["backendPath"])
                        backend = load_backend(load)
                        threaded = has_threads()
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
                elif threaded:
                    start_afresh(load, request, selector)
                else:
                    start_hook(backend, request, selector, ends_at_once)
        collect(selector)


def prepare_streams():
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(1, 2)
    sys.argv = ["build-hook"]
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)


BOOTSTRAP = @BOOTSTRAP@
AFRESH = SCRIPT.partition(bytes(1))[2]
try:
    if AFRESH:
        run_afresh(*json.loads(AFRESH.decode("ascii")))
    prepare_streams()
    os.set_inheritable(CONTROL, False)
    wakeup = os.pipe()
    for fd in wakeup:
        os.set_blocking(fd, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakeup[1])
    serve()
except HookDone:
    pass
`.replace('@BOOTSTRAP@', () => JSON.stringify(runnerBootstrap));
