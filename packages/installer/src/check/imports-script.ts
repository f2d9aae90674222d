// The Python program that imports installed distributions: one process for each, forked from a process that has imported
// none of them, so that they do not affect each other. Python 3.6 to 3.14, on platforms that fork.

/**
 * Its arguments are files of JSON: `[[distribution, [names]]]`, and for the answer `[[distribution, name, error,
 * traceback]]`; then what PYTHONPATH would name.
 */
export const importsScript = String.raw`
import importlib, json, os, select, signal, sys, traceback


def first_line(error):
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__
    lines = str(error).strip().splitlines()
    return name + ": " + lines[0][:500] if lines else name


def ours(filename):
    return filename in ("<string>", importlib.__file__) or filename.startswith("<frozen importlib")


def import_one(name):
    try:
        importlib.import_module(name)
    except BaseException as error:
        # The frames of ours and of importlib above the package's own say nothing.
        trace = error.__traceback__
        while trace is not None and ours(trace.tb_frame.f_code.co_filename):
            trace = trace.tb_next
        lines = traceback.format_exception(type(error), error, trace)
        return [name, first_line(error), "".join(lines)[-4000:]]


def start(names):
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return read, pid
    try:
        os.close(read)
        os.dup2(2, 1)  # what they print is not an answer
        for name in names:
            # What is being imported is said first: a crash says nothing any more.
            say(write, {"trying": name})
            failure = import_one(name)
            if failure:
                say(write, {"failure": failure})
        say(write, {"done": True})
    finally:
        os._exit(0)


def say(fd, answer):
    os.write(fd, json.dumps(answer).encode("ascii") + b"\n")


def ended(distribution, names, data, status, failures):
    """Adds its failures; gives the names that it did not come to because one of them ended the process."""
    trying = done = None
    for line in data.decode("ascii").split("\n")[:-1]:
        answer = json.loads(line)
        trying = answer.get("trying", trying)
        done = answer.get("done", done)
        if "failure" in answer:
            failures.append([distribution] + answer["failure"])
    if done is None:
        how = "signal %d" % os.WTERMSIG(status) if os.WIFSIGNALED(status) else "exit status %d" % os.WEXITSTATUS(status)
        if os.WIFSIGNALED(status):
            try:
                how = signal.Signals(os.WTERMSIG(status)).name
            except ValueError:
                pass
        failures.append([distribution, trying, "the interpreter ended with " + how, ""])
        return names[names.index(trying) + 1:] if trying else []
    return []


def finish(running, waiting, read, failures):
    distribution, names, pid, text = running.pop(read)
    while select.select([read], [], [], 0)[0]:
        data = os.read(read, 65536)
        if not data:
            break
        text += data
    os.close(read)
    rest = ended(distribution, names, text, os.waitpid(pid, 0)[1], failures)
    if rest:
        waiting.append([distribution, rest])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        waiting = json.load(file)
    sys.path[:0] = sys.argv[3:]
    try:
        jobs = len(os.sched_getaffinity(0))
    except AttributeError:
        jobs = os.cpu_count() or 1
    running, failures = {}, []
    while waiting or running:
        while waiting and len(running) < max(1, min(jobs, 8)):
            distribution, names = waiting.pop(0)
            read, pid = start(names)
            running[read] = [distribution, names, pid, b""]
        for read in select.select(list(running), [], [], 0.2)[0]:
            data = os.read(read, 65536)
            running[read][3] += data
            if not data:
                finish(running, waiting, read, failures)
        # A process that an import left behind may keep the pipe open.
        for read, (_, _, pid, text) in list(running.items()):
            if text.endswith(b'{"done": true}\n') or os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                finish(running, waiting, read, failures)
    with open(sys.argv[2], "w", encoding="ascii") as file:
        json.dump(sorted(failures, key=str), file)


main()
`;
