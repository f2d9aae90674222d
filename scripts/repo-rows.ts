// The rows of the architecture as data: a package imports only from rows above its own, never sideways.

/** Row number of every package; `python` may also be imported by the engines of row 5 alone among row 4. */
export const rows: Readonly<Record<string, number>> = {
  errors: 0,
  syscalls: 1,
  packaging: 1,
  fslock: 2,
  archives: 2,
  'atomic-fs': 3,
  python: 4,
  store: 4,
  'index-client': 4,
  'remote-store': 4,
  resolver: 5,
  pep517: 5,
  installer: 5,
  wheelwright: 6,
  cli: 7,
};

/** Of row 4, the engines of row 5 import this one and no other: their collaborators come in as ports. */
const engineMayImport = 'python';

/** Why `importer` must not import `imported`, or undefined where it may. */
export function forbiddenImport(importer: string, imported: string): string | undefined {
  const from = rows[importer];
  const to = rows[imported];
  if (from === undefined) return `${importer} has no row: add it to scripts/repo-rows.ts`;
  if (to === undefined) return `${imported} has no row: add it to scripts/repo-rows.ts`;
  if (to >= from) return `${importer} (row ${from}) imports ${imported} (row ${to}): only rows above its own`;
  if (from === 5 && to === 4 && imported !== engineMayImport)
    return `${importer} (row 5) imports ${imported} (row 4): of row 4 only ${engineMayImport}, the rest as ports`;
  return undefined;
}
