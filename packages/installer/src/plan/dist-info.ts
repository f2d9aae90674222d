// What the installer writes into the dist-info of a wheel, and RECORDs that change: one place for every layout.
// Format: "Recording installed projects" (PEP 376, PEP 610, PEP 627) of the packaging specifications.
import { changeRecord } from '@wheelwright/packaging';
import { hashed, recordEntries, recordText } from '../layout/record-text.ts';
import { within, writtenByInstaller } from '../layout/schemes.ts';
import type { InstalledFile, InstalledOwner, SchemeLayout, WrittenFile } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import { installerName } from '../read/owner-of.ts';

/** What a dist-info says besides what the wheel brings. */
export interface DistInfoRequest {
  readonly layout: SchemeLayout;
  readonly wheel: WheelTree;
  /** The files of the wheel that its RECORD lists, with what is there; in the order of the RECORD. */
  readonly owned: readonly InstalledFile[];
  /** Files of the dist-info besides those of the specification: their text by name. */
  readonly notes?: Readonly<Record<string, string>> | undefined;
  /** Rows that follow: scripts, for instance. A row of a path that was listed before replaces that row. */
  readonly further: readonly InstalledFile[];
  /** The rows of a wheel whose files are all its own; `owned` is empty then. */
  readonly wholeRecord?: string | undefined;
}

/** INSTALLER, REQUESTED, direct_url.json, `notes` and RECORD, which comes last and has a row without hash for itself. */
export function distInfoFiles(request: DistInfoRequest): WrittenFile[] {
  const { layout, wheel, owned, notes = {}, further, wholeRecord } = request;
  const targetOf = (name: string) => within(layout.sitePackages, `${wheel.distInfoDir}/${name}`);
  const written = (name: string, data: string): WrittenFile => ({ target: targetOf(name), data, mode: 0o666 });
  const files = [written('INSTALLER', `${installerName}\n`)];
  if (wheel.requested) files.push(written('REQUESTED', ''));
  if (wheel.directUrl !== undefined) files.push(written('direct_url.json', wheel.directUrl));
  for (const [name, text] of Object.entries(notes)) files.push(written(name, text));
  const rows = new Map(owned.map((file) => [file.path, file]));
  for (const { target, data } of files) rows.set(target, hashed(target, data));
  for (const file of further) rows.set(file.path, file);
  rows.set(targetOf('RECORD'), { path: targetOf('RECORD') });
  const replaced = writtenByInstaller.map((name) => `${wheel.distInfoDir}/${name}`);
  const record =
    wholeRecord === undefined
      ? recordText([...rows.values()], layout)
      : changeRecord(wholeRecord, replaced, recordEntries([...rows.values()], layout));
  return [...files, written('RECORD', record)];
}

/** The RECORD of `owner`, whose files are as `changed` says where that names them. */
export function changedRecord(
  { files = [], distInfoDir }: InstalledOwner,
  changed: ReadonlyMap<string, InstalledFile>,
  layout: SchemeLayout,
): WrittenFile {
  const rows = files.map((file) => changed.get(file.path) ?? file);
  return { target: `${distInfoDir}/RECORD`, data: recordText(rows, layout), mode: 0o666 };
}
