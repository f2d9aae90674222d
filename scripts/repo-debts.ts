// How many violations of a rule a package may still have. The numbers only fall; a package that is not named has none.

export const debts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  circles: {},
  folders: { pep517: 1, wheelwright: 1 },
  docstrings: {
    'index-client': 21,
    resolver: 19,
  },
  words: {
    '.changeset': 13,
    archives: 21,
    'atomic-fs': 46,
    cli: 71,
    docs: 30,
    errors: 6,
    examples: 7,
    fslock: 13,
    'index-client': 22,
    installer: 94,
    packaging: 24,
    pages: 6,
    pep517: 21,
    python: 41,
    'remote-store': 30,
    resolver: 20,
    scripts: 15,
    store: 49,
    syscalls: 8,
    test: 10,
    testkit: 25,
    wheelwright: 7,
  },
};
