// Every file of an environment that leads into a shared generation: some of its files are there, and no RECORD has a hash
// of its scripts, which differ between environments.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { scriptStub } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import type { VerifyReport } from '../model/verify-report.ts';
import { filesOf } from '../read/carry.ts';
import { installerName } from '../read/owner-of.ts';
import { changedDirectories, readManifest, type SharedManifest, sharedOwnFiles } from '../read/shared-manifest.ts';
import { compareGeneration, finishReport, type GenerationFiles, unownedFiles } from './verify-generation.ts';

/** The report on an environment that shares its packages. */
export function verifyShared(state: InstalledState): VerifyReport {
  const files = filesOfShared(state);
  const problems = compareGeneration(state, files);
  // Which files are unowned, only the RECORDs in the shared generation could say.
  if (files.outside === undefined) {
    problems.report('missing', state.shared!.dir!, installerName);
    return finishReport(state, problems, []);
  }
  return finishReport(state, problems, unownedFiles(state, problems, files.outside));
}

function filesOfShared(state: InstalledState): GenerationFiles {
  const inPrefix = (file: string) => path.join(state.prefixDir, file);
  const dir = state.shared?.dir;
  if (dir === undefined) return { locate: inPrefix, outside: [], edited: [] };
  const manifest = readManifest(dir);
  if (manifest === undefined) {
    return { locate: inPrefix, outside: existsSync(dir) ? [] : undefined, edited: [] };
  }
  const programs = new Set(manifest.programs.map((name) => `${state.layout.scripts}/${name}`));
  return {
    locate: (file) => (programs.has(file) ? path.join(dir, file) : inPrefix(file)),
    outside: filesOf(dir).filter((file) => !sharedOwnFiles.has(file)),
    edited: [...changedDirectories(dir), ...editedStubs(state, manifest)],
  };
}

function editedStubs({ environmentDir, prefixDir, layout }: InstalledState, { scripts }: SharedManifest): string[] {
  return scripts
    .filter((name) => {
      const file = path.join(prefixDir, layout.scripts, name);
      return existsSync(file) && readFileSync(file, 'utf8') !== scriptStub(environmentDir, name);
    })
    .map((name) => `${layout.scripts}/${name}`);
}
