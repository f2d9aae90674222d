// The Python that keeps a check off what is live: functions for supervisor-script.ts. In a mount namespace of its own the
// protected directories are covered by overlays, so that the check writes into memory; what it changed there is read when
// it has ended. Linux alone; Python 3.6 to 3.14.

/** Definitions alone: `isolate(settings)`, which throws where the machine does not let it, and `changed()`. */
export const isolationScript = `
NEWNS, NEWUSER = 0x20000, 0x10000000
BIND, REC, PRIVATE = 4096, 16384, 1 << 18
covered = []


def isolate(settings):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name, *arguments):
        if getattr(libc, name)(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, "%s: %s" % (name, os.strerror(number)))

    def mount(source, target, kind, flags, data=None):
        encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
        call("mount", encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])

    uid, gid, options = os.getuid(), os.getgid(), ""
    try:
        call("unshare", NEWNS)
    except OSError:
        call("unshare", NEWNS | NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (uid, uid)), ("gid_map", "%d %d 1" % (gid, gid))):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
        options = ",userxattr"
    mount("none", "/", None, REC | PRIVATE)
    here = os.getcwd()
    mount("tmpfs", settings["layersDir"], "tmpfs", 0, "mode=0700")
    # Relative names: an absolute one may hold a comma or a colon, which are special in the options of a mount.
    os.chdir(settings["layersDir"])
    writable = [(os.open(name, os.O_RDONLY), name) for name in settings["writableDirs"]]
    for index, name in enumerate(settings["protectedDirs"]):
        lower, upper, work = os.open(name, os.O_RDONLY), "%d.upper" % index, "%d.work" % index
        for made in (upper, work):
            os.mkdir(made)
        os.chmod(upper, os.fstat(lower).st_mode & 0o7777)
        layers = "lowerdir=/proc/self/fd/%d,upperdir=%s,workdir=%s" % (lower, upper, work)
        mount("overlay", name, "overlay", 0, layers + options)
        covered.append((name, "/proc/self/fd/%d" % lower, "/proc/self/fd/%d" % os.open(upper, os.O_RDONLY)))
    for fd, name in writable:
        mount("/proc/self/fd/%d" % fd, name, None, BIND)
        os.close(fd)
    # The directory that was entered before is the one below the overlay.
    os.chdir(here)


def changed():
    """The paths that were there and that the check changed or removed; what it added is not among them."""
    found = []
    for name, lower, upper in covered:
        compare(name, lower, upper, found)
    return found[:1000]


def compare(name, lower, upper, found):
    names = os.listdir(upper)
    for entry in names if len(found) < 1000 else []:
        if entry == "__pycache__" or entry.endswith(".pyc"):
            continue
        before = look(lower + "/" + entry)
        if before is None:
            continue
        after = look(upper + "/" + entry)
        if not stat.S_ISDIR(before.st_mode):
            if differs(lower + "/" + entry, before, upper + "/" + entry, after):
                found.append(name + "/" + entry)
        elif not stat.S_ISDIR(after.st_mode) or stat.S_IMODE(before.st_mode) != stat.S_IMODE(after.st_mode):
            found.append(name + "/" + entry)
        else:
            compare(name + "/" + entry, lower + "/" + entry, upper + "/" + entry, found)
    if is_opaque(upper):
        gone = set(os.listdir(lower)) - set(names) - {"__pycache__"}
        found.extend(name + "/" + entry for entry in sorted(gone) if not entry.endswith(".pyc"))


def look(at):
    try:
        return os.lstat(at)
    except OSError:
        return None


def is_opaque(at):
    """Whether the directory took the place of another, of which nothing shows through."""
    for kind in ("trusted", "user"):
        try:
            if os.getxattr(at, kind + ".overlay.opaque") == b"y":
                return True
        except OSError:
            pass
    return False


def differs(lower, before, upper, after):
    if stat.S_IFMT(before.st_mode) != stat.S_IFMT(after.st_mode) or before.st_size != after.st_size:
        return True
    if stat.S_ISLNK(before.st_mode):
        return os.readlink(lower) != os.readlink(upper)
    if stat.S_IMODE(before.st_mode) != stat.S_IMODE(after.st_mode):
        return True
    if not stat.S_ISREG(before.st_mode):
        return False
    with open(lower, "rb") as one, open(upper, "rb") as other:
        while True:
            data = one.read(1 << 16)
            if data != other.read(1 << 16):
                return True
            if not data:
                return False
`;
