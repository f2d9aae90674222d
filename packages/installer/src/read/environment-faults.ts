// What of an environment itself, apart from its packages, is lost or not as it was made; in the layout `shared` also
// what each generation has of its own: the links into the shared one and the stubs of its scripts.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { lookAtEntry, readLink, readText } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import {
  findImageFaults,
  hasBin,
  type ImageEntry,
  type ImageFault,
  type Makeup,
  readMakeup,
  type SharedReference,
  scriptStub,
  tryParseGeneration,
} from '@wheelwright/python';
import { readManifest } from './shared-manifest.ts';

/** What is left of an environment, and what is wrong with it. */
export interface EnvironmentFaults {
  /** How the environment was made, derived from the files that are left. */
  readonly makeup: Makeup;
  /** Files and links of the environment itself that are lost or damaged. */
  readonly faults: readonly ImageFault[];
}

/**
 * Examines the files that make `environmentDir` (absolute) an environment; its packages are `verifyEnvironment`'s. Undefined
 * where nothing says that there ever was an environment. Needs no lock, changes nothing, starts no Python.
 */
export function findEnvironmentFaults(environmentDir: string): EnvironmentFaults | undefined {
  const makeup = readMakeup(environmentDir);
  return makeup && { makeup, faults: [...findImageFaults(makeup), ...sharedFaults(makeup)] };
}

function sharedFaults(makeup: Makeup): ImageFault[] {
  const { dir: environmentDir, prefixDir, shares } = makeup;
  const sharedDir = shares === 'all' ? sharedDirOf(prefixDir) : undefined;
  const manifest = sharedDir === undefined ? undefined : readManifest(sharedDir);
  // The next change makes a lost shared generation again, if its wheels are at hand.
  if (manifest === undefined) return [];
  const { tops, programs, scripts } = manifest;
  const links = [...tops, ...programs.map((name) => `bin/${name}`)].map((name): ImageEntry => {
    return { kind: 'link', path: name, target: `${sharedDir}/${name}` };
  });
  const stubs = scripts.map((name): ImageEntry => {
    return { kind: 'file', path: `bin/${name}`, data: scriptStub(environmentDir, name), mode: 0o777 };
  });
  const isSound = (entry: ImageEntry) =>
    isThere(prefixDir, entry) && (hasBin(makeup) || !entry.path.startsWith('bin/'));
  return [...links, ...stubs].filter((entry) => !isSound(entry)).map((entry) => faultOf(prefixDir, entry));
}

/** The shared generation that the one at `prefixDir` leads into: as its record says, or as its links show. */
function sharedDirOf(prefixDir: string): string | undefined {
  const stated = tryParseGeneration(prefixDir)?.shared?.dir;
  if (stated !== undefined) return stated;
  const links = ['lib', 'include', 'share', 'etc'].map((name) => readLink(path.join(prefixDir, name)));
  const target = links.find((link) => link !== undefined && /\/shared\/[0-9a-f]{64}\/[a-z]+$/.test(link));
  return target && path.dirname(target);
}

/** The reference that makes the generation at `prefixDir` one of the layout `shared`; undefined where it is of another. */
export function sharedReferenceOf(
  { prefixDir, shares }: Makeup,
  interpreter: { readonly cacheTag: string; readonly magic: string } | undefined,
): SharedReference | undefined {
  if (shares === 'nothing') return undefined;
  const stated = tryParseGeneration(prefixDir)?.shared;
  if (stated !== undefined) return stated;
  const dir = shares === 'all' ? sharedDirOf(prefixDir) : undefined;
  const known = (dir && readManifest(dir)) || interpreter;
  if (known === undefined || (shares === 'all' && dir === undefined)) return undefined;
  const { cacheTag, magic } = known;
  return { cacheTag, magic, ...(dir === undefined ? {} : { dir }) };
}

function isThere(prefixDir: string, entry: ImageEntry): boolean {
  const at = path.join(prefixDir, entry.path);
  if (entry.kind === 'link') return readLink(at) === entry.target;
  return entry.kind === 'file' && readText(at) === entry.data && isProgram(at);
}

/** Whether the file may be started. */
function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (isErrno(error, 'EACCES')) return false;
    throw error;
  }
}

function faultOf(prefixDir: string, entry: ImageEntry): ImageFault {
  const found = lookAtEntry(path.join(prefixDir, entry.path));
  return { kind: found === undefined ? 'missing' : 'modified', path: entry.path, part: 'prefix', entry };
}
