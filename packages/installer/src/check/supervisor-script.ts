// The Python that stands between us and a check, as text for `python -I -S -B -c`: it runs none of what was installed. It
// starts the check in a session of its own, becomes the parent of whatever the check leaves behind (Linux), and ends all
// of it when the check has ended, when it is asked to, and when the process that started it is gone. Python 3.6 to 3.14.

import { isolationScript } from './isolation-script.ts';

/**
 * Its arguments are the settings of the isolation as JSON (`null`: none) and the words of the check. Descriptor 3: a line
 * to us says how it ended, anything to it means stop. It ends with 125 and starts nothing where it cannot isolate.
 */
export const supervisorScript = String.raw`
import json, os, select, signal, stat, sys, time

CONTROL = 3
GRACE = 2.0


def prctl(option, value):
    try:
        import ctypes
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except Exception:
        pass  # only Linux has it: elsewhere a daemon that the check starts is out of reach


def start(words):
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(words[0], words)
    except BaseException as error:
        os.write(2, ("%s: %s\n" % (words[0], error)).encode("utf-8", "replace"))
    finally:
        os._exit(127)


def descendants():
    parents = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return set()
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open("/proc/" + name + "/stat", "rb") as file:
                text = file.read()
        except OSError:
            continue
        state, parent = text[text.rindex(b")") + 2:].split()[:2]
        parents[int(name)] = (int(parent), state == b"Z")
    found, grown = set(), {os.getpid()}
    while grown:
        grown = {pid for pid, (parent, _) in parents.items() if parent in grown} - found
        found |= grown
    return {pid for pid in found if not parents[pid][1]}


def kill(number, main):
    for send, pid in [(os.killpg, main)] + [(os.kill, pid) for pid in descendants()]:
        try:
            send(pid, number)
        except OSError:
            pass


def has_exited(pid):
    """Whether it has ended; where the platform can, it is left to be reaped, so that its group keeps its number."""
    global reaped
    if reaped is not None:
        return True
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    found, status = os.waitpid(pid, os.WNOHANG)
    if found:
        reaped = status
    return bool(found)


def end(main):
    """Ends everything below us, a daemon that starts others while it is being ended included."""
    global reaped
    for _ in range(1000):
        kill(signal.SIGKILL, main)
        if not has_exited(main):
            time.sleep(0.005)
            continue
        if reaped is None:
            reaped = os.waitpid(main, 0)[1]
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except OSError:
            return
        time.sleep(0.005)


def main():
    os.set_inheritable(CONTROL, False)
    try:
        os.set_inheritable(4, False)  # the lock: it is ours, and not the check's
    except OSError:
        pass
    settings = json.loads(sys.argv[1])
    if settings is not None:
        try:
            isolate(settings)
        except Exception as error:
            answer({"unisolated": str(error)})
            os._exit(125)
    prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
    wakeup = os.pipe()
    for fd in wakeup:
        os.set_blocking(fd, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(wakeup[1])
    pid, deadline = start(sys.argv[2:]), None
    while not has_exited(pid):
        timeout = None if deadline is None else deadline - time.time()
        if timeout is not None and timeout <= 0:
            break
        watched = [wakeup[0]] if deadline is not None else [wakeup[0], CONTROL]
        ready = select.select(watched, [], [], timeout)[0]
        if wakeup[0] in ready:
            os.read(wakeup[0], 512)
        if CONTROL in ready:
            try:
                os.read(CONTROL, 512)
            except OSError:
                pass
            kill(signal.SIGTERM, pid)
            deadline = time.time() + GRACE
    end(pid)
    status = reaped if reaped is not None else 0
    outcome = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"status": os.WEXITSTATUS(status)}
    outcome["changed"] = changed()
    answer(outcome)


def answer(outcome):
    data = json.dumps(outcome).encode("ascii") + b"\n"
    try:
        while data:
            data = data[os.write(CONTROL, data):]
    except OSError:
        pass

${isolationScript}

reaped = None
main()
`;
