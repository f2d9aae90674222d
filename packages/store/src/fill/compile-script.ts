// The Python that compiles: one process, forked into a few for long lists. Files that do not compile are left out, as
// Python itself would only complain when a program imports them.
//
// Invalidation mode: unchecked hash (PEP 552). The sources are read-only and belong to one wheel for ever, so there is
// nothing to check at import, and the time of a file does not matter. `co_filename` is the path below the site
// directory; Python puts the real one in its place when it imports.

/** Reads `{ "jobs", "sources": [[source, target, name], …] }` from stdin. Exit 3: this Python has no hash-based pycs. */
export const compileScript = `
import json, marshal, os, sys, traceback
from importlib import util
if not hasattr(util, 'source_hash'):
    sys.exit(3)
os.umask(0o022)
request = json.loads(sys.stdin.buffer.read().decode('utf-8'))
sources = request['sources']
jobs = request['jobs'] if hasattr(os, 'fork') else 1

def run(part):
    for source, target, name in part:
        with open(source, 'rb') as file:
            data = file.read()
        try:
            code = compile(data, name, 'exec', dont_inherit=True, optimize=0)
            body = marshal.dumps(code)
        except Exception:
            continue
        out = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(out, 'wb') as file:
            file.write(util.MAGIC_NUMBER + (1).to_bytes(4, 'little') + util.source_hash(data) + body)

children = []
for job in range(1, jobs):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(sources[job::jobs])
            status = 0
        except BaseException:
            # The process ends before Python would print this.
            sys.stderr.write(traceback.format_exc())
            sys.stderr.flush()
        finally:
            os._exit(status)
    children.append(child)

def wait():
    ends = [os.waitpid(child, 0)[1] for child in children]
    for signal in [os.WTERMSIG(end) for end in ends if os.WIFSIGNALED(end)]:
        sys.stderr.write('a process that compiled was ended by signal %d\\n' % signal)
    return any(ends)

failed = True
try:
    run(sources[0::jobs])
finally:
    # No process writes below the directory after this one has ended.
    failed = wait()
sys.exit(1 if failed else 0)
`;
