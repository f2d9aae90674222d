"""Run by an environment's own interpreter: is it what it should be? One line per fault.

Independent of the tool that made it: RECORD is held against the disk, the distributions and files against what was
expected (a JSON object as the only argument), and the modules are imported.
"""
import base64
import csv
import hashlib
import importlib
import json
import os
import re
import sys
import sysconfig

expected = json.loads(sys.argv[1])
site_packages = sysconfig.get_path("purelib")
faults = []
distributions = []
files = 0

for name in sorted(os.listdir(site_packages)):
    if not name.endswith(".dist-info"):
        continue
    distribution, version = name[: -len(".dist-info")].split("-")
    distributions.append("%s==%s" % (re.sub("[-_.]+", "-", distribution).lower(), version))
    with open(os.path.join(site_packages, name, "RECORD"), newline="", encoding="utf-8") as record:
        rows = list(csv.reader(record))
    for recorded, digest, _ in rows:
        top = recorded.split("/", 1)[0]
        if top != ".." and not top.endswith(".dist-info") and not recorded.endswith(".pyc"):
            files += 1
        if not digest:
            continue
        try:
            with open(os.path.join(site_packages, recorded), "rb") as file:
                found = hashlib.sha256(file.read()).digest()
        except OSError as error:
            faults.append(str(error))
            continue
        if "sha256=" + base64.urlsafe_b64encode(found).rstrip(b"=").decode() != digest:
            faults.append("%s is not what RECORD says" % recorded)

if sorted(distributions) != sorted(expected["distributions"]):
    faults.append("holds %s" % ", ".join(distributions))
if files != expected["files"]:
    faults.append("holds %d files, not %d" % (files, expected["files"]))
for module in expected["imports"]:
    try:
        importlib.import_module(module)
    except Exception as error:
        faults.append("import %s: %s" % (module, error))
print("\n".join(faults))
