// A build backend in one file that needs nothing but Python 3.6: it makes real wheels and sdists of the tree that it
// is in, and misbehaves in one chosen way per hook.

/** How a hook misbehaves; without one it does its work. */
export type Misbehaviour =
  | 'raise'
  | 'raise-unsupported'
  | 'exit'
  | 'exit-hard'
  | 'kill-itself'
  /** Waits for ever; SIGTERM ends it. */
  | 'hang'
  /** Waits for ever, with a child that waits too; both ignore SIGTERM. */
  | 'hang-stubbornly'
  /** Does its work and leaves a process behind. */
  | 'leave-a-process'
  | 'print'
  /** Does its work and writes into the tree. */
  | 'write-into-tree'
  | 'return-nothing'
  | 'return-a-path'
  | 'return-another-name'
  | 'make-no-file'
  | 'make-a-torn-wheel'
  | 'make-a-wrong-record'
  | 'make-another-project';

/** The text of `backend.py`. */
export const backendText = String.raw`
import base64, hashlib, io, json, os, signal, subprocess, sys, tarfile, time, zipfile

with open("backend.json") as stream:
    OPTIONS = json.load(stream)

if OPTIONS["import"] == "raise":
    raise RuntimeError("no luck while importing")
if OPTIONS["import"] == "exit":
    sys.exit(0)
if OPTIONS["import"] == "hang":
    time.sleep(3600)
if OPTIONS["import"] == "lack":
    import a_module_that_nobody_has
if OPTIONS["import"] == "print":
    print("importing the backend")


class UnsupportedOperation(Exception):
    pass


def tell(name, text):
    """Leaves a mark for the test, outside of the tree."""
    if OPTIONS["marks"]:
        with open(os.path.join(OPTIONS["marks"], name), "a") as stream:
            stream.write(text + "\n")


def behave(hook, directory):
    tell("hooks", hook)
    how = OPTIONS["behaviour"].get(hook)
    if how == "raise":
        raise ValueError("no luck in " + os.path.join(os.getcwd(), "src"))
    if how == "raise-unsupported":
        raise UnsupportedOperation("not this one")
    if how == "exit":
        sys.exit(0)
    if how == "exit-hard":
        os._exit(3)
    if how == "kill-itself":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hang":
        tell("pids", str(os.getpid()))
        time.sleep(3600)
    if how == "hang-stubbornly":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"])
        tell("pids", "%d\n%d" % (os.getpid(), child.pid))
        time.sleep(3600)
    if how == "leave-a-process":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        tell("pids", str(child.pid))
    if how == "print":
        print("to standard output from", os.getcwd())
        print("to standard error", file=sys.stderr)
        os.write(1, b"caf\xc3\xa9, raw\n")
        subprocess.check_call([sys.executable, "-c", "print('from a child')"])
    if how == "write-into-tree":
        for name in ("build", "demo.egg-info"):
            if not os.path.isdir(name):
                os.mkdir(name)
        with open("written-by-the-backend", "w") as stream:
            stream.write(directory or "")
    if how == "return-nothing":
        return [None]
    if how == "return-a-path":
        return ["../demo-1.0-py3-none-any.whl"]
    if how == "return-another-name":
        return ["demo-1.0.zip"]
    if how == "make-no-file":
        return ["demo-1.0-py3-none-any.whl"]
    return None


def stem(hook):
    name = "other" if OPTIONS["behaviour"].get(hook) == "make-another-project" else OPTIONS["name"]
    return name.replace("-", "_").lower() + "-" + OPTIONS["version"], name


def metadata(name):
    return "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, OPTIONS["version"])


def source_files():
    found = []
    for root, directories, files in os.walk("src"):
        directories[:] = sorted(name for name in directories if name != "__pycache__")
        found += [os.path.join(root, name) for name in sorted(files)]
    return found


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (name, digest, len(data))


def write_wheel(hook, directory, contents):
    base, name = stem(hook)
    how = OPTIONS["behaviour"].get(hook)
    contents = dict(contents)
    contents[base + ".dist-info/METADATA"] = metadata(name).encode()
    contents[base + ".dist-info/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: testkit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(record_line(path, data) for path, data in sorted(contents.items()))
    if how == "make-a-wrong-record":
        path, data = sorted(contents.items())[0]
        record = record.replace(record_line(path, data), record_line(path, data[::-1]))
    contents[base + ".dist-info/RECORD"] = (record + base + ".dist-info/RECORD,,\n").encode()
    filename = base + "-py3-none-any.whl"
    path = os.path.join(directory, filename)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in contents.items():
            archive.writestr(zipfile.ZipInfo(member, (2020, 1, 1, 0, 0, 0)), data)
    if how == "make-a-torn-wheel":
        with open(path, "r+b") as stream:
            stream.truncate(os.path.getsize(path) // 2)
    return filename


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    answer = behave("build_wheel", wheel_directory)
    if answer is not None:
        return answer[0]
    tell("settings", json.dumps(config_settings))
    tell("environment", json.dumps(dict(os.environ)))
    contents = {os.path.relpath(path, "src"): read(path) for path in source_files()}
    return write_wheel("build_wheel", wheel_directory, contents)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    answer = behave("build_editable", wheel_directory)
    if answer is not None:
        return answer[0]
    pth = os.path.join(os.getcwd(), "src") + "\n"
    return write_wheel("build_editable", wheel_directory, {"__editable__.demo.pth": pth.encode()})


def build_sdist(sdist_directory, config_settings=None):
    answer = behave("build_sdist", sdist_directory)
    if answer is not None:
        return answer[0]
    base, name = stem("build_sdist")
    filename = base + ".tar.gz"
    with tarfile.open(os.path.join(sdist_directory, filename), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        def add(path, data):
            member = tarfile.TarInfo(base + "/" + path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        add("PKG-INFO", metadata(name).encode())
        for path in ["pyproject.toml", "backend.py", "backend.json"] + source_files():
            add(path, read(path))
    return filename


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    answer = behave("prepare_metadata_for_build_wheel", metadata_directory)
    if answer is not None:
        return answer[0]
    base, name = stem("prepare_metadata_for_build_wheel")
    os.mkdir(os.path.join(metadata_directory, base + ".dist-info"))
    with open(os.path.join(metadata_directory, base + ".dist-info", "METADATA"), "w") as stream:
        stream.write(metadata(name) + "Summary: prepared\n")
    return base + ".dist-info"


def requires(hook):
    def get_requires(config_settings=None):
        answer = behave(hook, None)
        return OPTIONS["requires"] if answer is None else answer[0]
    return get_requires


for kind in ("wheel", "sdist", "editable"):
    globals()["get_requires_for_build_" + kind] = requires("get_requires_for_build_" + kind)

for hook in OPTIONS["missing"]:
    del globals()[hook]
`;
