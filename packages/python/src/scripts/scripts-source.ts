// The Python that every script of an environment goes through. A script names only itself; what it starts is looked up
// in the generation that the interpreter is pinned to, because the kernel opened the script before the pin was set.

export const scriptsModuleName = '_wheelwright_scripts.py';
/** Name of the file in site-packages that says what each script starts. */
export const scriptsMapName = '_wheelwright_scripts.txt';

export const scriptsModule = `"""Starts the scripts of this generation; ${scriptsMapName} beside it says what each of them is.

Written by wheelwright; an edit is lost with the next generation.
"""
import os
import sys


def run(name, namespace):
    """Runs the script \`name\` with the globals of its stub, which is __main__ (or __mp_main__ in a spawned worker)."""
    here = os.path.dirname(os.path.abspath(__file__))
    kind, target = _find(here, name)
    if kind == "body":
        _run_body(os.path.join(here, *target.split("/")), namespace)
    elif kind == "entry-point" and namespace.get("__name__") == "__main__":
        sys.exit(_load(target)())


def _find(here, name):
    with open(os.path.join(here, "${scriptsMapName}"), encoding="utf-8") as rows:
        for row in rows:
            fields = row.rstrip("\\n").split("\\t")
            if len(fields) == 3 and fields[0] == name:
                return fields[1], fields[2]
    sys.exit("%s: this environment has no script of that name any more" % name)


def _load(target):
    module, _, attribute = target.partition(":")
    __import__(module)
    found = sys.modules[module]
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def _run_body(path, namespace):
    with open(path, "rb") as body:
        source = body.read()
    # __file__ and sys.argv[0] stay the script's own path, as if the kernel had started the body.
    namespace.pop("_wheelwright_scripts", None)
    namespace["__doc__"] = None
    exec(compile(source, path, "exec", dont_inherit=True), namespace)
`;
