// How many violations of a rule a package may still have. The numbers only fall; a package that is not named has none.

export const debts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  circles: {},
  folders: {},
  docstrings: {},
  words: {},
};
