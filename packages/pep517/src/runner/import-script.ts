// Python text: the part of the runner that imports a backend and calls its hooks. See runner-script.ts.

/** Definitions only; they run nothing. They use the imports of the surrounding script. */
export const importScript = `
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
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        said = {} if error.code is None or isinstance(error.code, int) else {"error": str(error.code)}
        return dict(said, outcome="exited", status=status, called="sys.exit")
    kind = "unavailable" if isinstance(error, BackendUnavailable) else "raised"
    return dict(describe(error), outcome=kind)


def call_hook(backend, request):
    os.chdir(request["cwd"])
    os.environ.update(request["environ"])
    if request.get("umask") is not None:
        os.umask(request["umask"])
    importlib.invalidate_caches()
    if request.get("observed") is not None:
        observed = request["observed"]
        observer.enter(request["cwd"], observed["beside"], observed["notesFile"], observed["childDir"], observed["private"])
        answer = run_hook(backend, request)
        observer.end(request["cwd"], *observed["private"])
        return answer
    return run_hook(backend, request)


def run_hook(backend, request):
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
`;
