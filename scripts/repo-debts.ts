// How many violations of a rule a package may still have. The numbers only fall; a package that is not named has none.

export const debts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  circles: {},
  folders: { 'atomic-fs': 1, pep517: 1, wheelwright: 1 },
  docstrings: {
    'index-client': 21,
    resolver: 19,
  },
  words: {
    '.changeset': 5,
    archives: 15,
    'atomic-fs': 40,
    cli: 75,
    docs: 24,
    examples: 1,
    fslock: 7,
    'index-client': 16,
    installer: 205,
    packaging: 18,
    pep517: 57,
    python: 35,
    'remote-store': 23,
    resolver: 14,
    scripts: 9,
    store: 49,
    syscalls: 2,
    test: 4,
    testkit: 19,
  },
};
