// The Python that an interpreter runs to describe itself, once per executable. It works on every Python 3, needs no
// `site`, and prints one line of ASCII JSON. What can change without the executable changing is not asked here.

export const probeSource = `
import json, os, platform, sys, sysconfig

def full(info):
    text = "%d.%d.%d" % info[:3]
    return text if info[3] == "final" else text + info[3][0] + str(info[4])

def glibc():
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        return version if name == "glibc" else None
    except (AttributeError, OSError, ValueError):
        return None

def musl():
    # Its loader states its version when started without a program (PEP 656).
    import glob, re, subprocess
    for loader in sorted(glob.glob("/lib/ld-musl-*.so.1")):
        child = subprocess.Popen([loader], stderr=subprocess.PIPE, universal_newlines=True)
        found = re.search(r"Version ([0-9]+[.][0-9]+)", child.communicate()[1])
        if found:
            return found.group(1)
    return None

libc = glibc() if sys.platform == "linux" else None
schemes = sysconfig.get_scheme_names()
empty = {"base": "", "platbase": "", "installed_base": "", "installed_platbase": ""}
uname = os.uname()
version = platform.python_version()
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:3]),
    "versionText": version,
    "implementation": sys.implementation.name,
    "cacheTag": sys.implementation.cache_tag,
    "magic": __import__("_frozen_importlib_external").MAGIC_NUMBER.hex(),
    "platform": sysconfig.get_platform(),
    "is32Bit": sys.maxsize <= 2 ** 32,
    "glibc": libc,
    "musl": musl() if sys.platform == "linux" and libc is None else None,
    "debug": hasattr(sys, "gettotalrefcount"),
    "extSuffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "macos": platform.mac_ver()[0] if sys.platform == "darwin" else None,
    "threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "purelib": sysconfig.get_path("purelib", "venv" if "venv" in schemes else "posix_prefix", empty),
    "stdlib": sysconfig.get_path("stdlib"),
    "prefix": getattr(sys, "base_prefix", sys.prefix),
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": full(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": uname[4],
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": uname[0],
        "python_full_version": version + "local" if version.endswith("+") else version,
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
}))
`;
