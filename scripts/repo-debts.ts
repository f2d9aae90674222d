// How many violations of a rule a package may still have. The numbers only fall; a package that is not named has none.

export const debts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  circles: {},
  folders: { pep517: 1, wheelwright: 1 },
  docstrings: {
    'index-client': 21,
    resolver: 19,
  },
  words: {
    '.changeset': 12,
    archives: 11,
    'atomic-fs': 27,
    cli: 40,
    docs: 18,
    errors: 5,
    examples: 6,
    fslock: 11,
    'index-client': 8,
    installer: 93,
    packaging: 14,
    pages: 5,
    pep517: 20,
    python: 15,
    'remote-store': 17,
    resolver: 5,
    scripts: 7,
    store: 8,
    syscalls: 6,
    test: 6,
    testkit: 10,
    wheelwright: 6,
  },
};
