// What a backend hands over is held against what it says it is, before anybody else can see it. A backend that was
// disturbed may well end with success and a wheel that lacks its modules; RECORD and the names give most of that away.
import { lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { hashFile, unpackSdist, unpackWheel } from '@wheelwright/archives';
import { normalizeName, parseMetadata, tryParseVersion } from '@wheelwright/packaging';
import type { ArtifactKind, CheckedArtifact } from '../build-record.ts';
import { Pep517Error } from '../pep517-error.ts';
import type { Project } from '../project/project.ts';

export interface CheckArtifactOptions {
  readonly project: Project;
  readonly kind: ArtifactKind;
  /** What the hook returned. */
  readonly returned: unknown;
  /** The private directory that the hook was given. */
  readonly dir: string;
  /** An absent directory to unpack into; it is removed again. */
  readonly scratchDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** Checks the artifact. Codes: PEP517_BAD_ARTIFACT, with the fault of the archive as its cause. */
export async function checkArtifact(options: CheckArtifactOptions): Promise<CheckedArtifact> {
  const { kind, project, dir, signal } = options;
  const filename = checkFilename(options);
  const artifactPath = path.join(dir, filename);
  const stats = lstatSync(artifactPath, { throwIfNoEntry: false });
  if (stats === undefined) throw bad(options, `it returned ${quote(filename)}, but made no such file`);
  if (!stats.isFile()) throw bad(options, `${quote(filename)} is not a regular file`);
  const { name, version } = await identify(artifactPath, options);
  signal?.throwIfAborted();
  checkDeclared(options, { name, version });
  const { size } = lstatSync(artifactPath);
  return { path: artifactPath, filename, sha256: await hashFile(artifactPath), size, name, version };

  async function identify(archivePath: string, { scratchDir }: CheckArtifactOptions) {
    try {
      if (kind !== 'sdist') {
        const { metadata } = await unpackWheel(
          archivePath,
          { directory() {}, file() {} },
          { signal, incomplete: 'refuse' },
        );
        return metadata;
      }
      mkdirSync(scratchDir);
      const { rootDir, version } = await unpackSdist(archivePath, scratchDir, { signal });
      return checkPackageInfo(options, rootDir, version.text);
    } catch (error) {
      if (error instanceof Pep517Error || signal?.aborted) throw error;
      throw bad(options, `${quote(filename)} is refused: ${reasonOf(error, options.dir)}`, error);
    } finally {
      rmSync(scratchDir, { recursive: true, force: true });
    }
  }

  function checkDeclared(at: CheckArtifactOptions, found: { name: string; version: string }): void {
    if (project.name !== undefined && normalizeName(project.name) !== normalizeName(found.name)) {
      throw bad(at, `${quote(filename)} is called ${found.name}, but the project is ${project.name}`);
    }
    if (project.version !== undefined && !sameVersion(project.version, found.version)) {
      throw bad(at, `${quote(filename)} has version ${found.version}, but the project is ${project.version}`);
    }
  }
}

function checkFilename(options: CheckArtifactOptions): string {
  const { returned, kind } = options;
  const suffix = kind === 'sdist' ? '.tar.gz' : '.whl';
  if (typeof returned !== 'string')
    throw bad(options, `it returned ${JSON.stringify(returned) ?? 'nothing'}, not a name`);
  if (returned === '' || path.basename(returned) !== returned) {
    throw bad(options, `it returned ${quote(returned)}, which is not a plain file name`);
  }
  if (!returned.endsWith(suffix)) throw bad(options, `it returned ${quote(returned)}, which does not end in ${suffix}`);
  return returned;
}

function checkPackageInfo(options: CheckArtifactOptions, rootDir: string, fileVersion: string) {
  let text: string;
  try {
    text = readFileSync(path.join(rootDir, 'PKG-INFO'), 'utf8');
  } catch (cause) {
    throw bad(options, 'the sdist has no PKG-INFO', cause);
  }
  const { name, version } = parseMetadata(text);
  if (!sameVersion(version, fileVersion)) {
    throw bad(options, `PKG-INFO has version ${version}, the name of the file ${fileVersion}`);
  }
  return { name, version };
}

function sameVersion(a: string, b: string): boolean {
  return a === b || (tryParseVersion(a)?.text ?? a) === (tryParseVersion(b)?.text ?? b);
}

function bad({ kind, project, returned }: CheckArtifactOptions, reason: string, cause?: unknown): Pep517Error {
  const { module } = project.backend;
  return new Pep517Error('PEP517_BAD_ARTIFACT', `${module} built no valid ${kind} of ${project.dir}: ${reason}.`, {
    cause,
    hint: 'Nothing was published. This is a fault of the build backend or of its configuration.',
    data: { path: project.dir, kind, returned },
  });
}

/** The message of an archive error without the path of the private directory. */
function reasonOf(error: unknown, dir: string): string {
  return (error as Error).message.replaceAll(`${dir}${path.sep}`, '').replace(/\.$/, '');
}

function quote(text: string): string {
  return JSON.stringify(text);
}
