// Opens the sources of a resolution: reads the metadata of wheels, sdists, directories and repositories, and builds wheels
// from those that are chosen. Each source is opened once.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { redactUrls } from '@wheelwright/errors';
import type { IndexFile } from '@wheelwright/index-client';
import {
  compareVersions,
  type DirectUrl,
  type Metadata,
  type NormalizedName,
  normalizeName,
  parseMetadata,
  parseVersion,
  parseWheelFilename,
} from '@wheelwright/packaging';
import type { Staging, StoredWheel } from '@wheelwright/store';
import type { DirectDistribution, IndexSource, SourceOpener } from '../requirements/distribution-source.ts';
import { requirePlatform } from '../requirements/require-platform.ts';
import { type DirectInput, directInputOf } from '../requirements/requirement-inputs.ts';
import { sdistVersion } from '../resolve/offered-files.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { addStatedWheel, fetchWheel } from '../wheels/fetch-wheel.ts';
import { readStoredMetadata } from '../wheels/wheel-trees.ts';
import { type Checkout, checkOut } from './checkout-repository.ts';
import { keepMetadata, readKeptMetadata } from './kept-metadata.ts';
import { type ArchiveContext, openArchive } from './open-archive.ts';
import type { BuildableSource, ConfigSettings, SourceBuilder } from './ports.ts';

/** Options of an opener. */
export interface SourceOpenerOptions extends ArchiveContext {
  /** Builds sources. If absent, only wheels can be opened. */
  readonly builder?: SourceBuilder | undefined;
  /** Config settings for all sources, and settings for single names that override them. */
  readonly configSettings?: ((name: NormalizedName | undefined) => ConfigSettings | undefined) | undefined;
}

/** The source of a direct distribution. */
type Handle =
  | { readonly kind: 'wheel'; readonly wheel: StoredWheel }
  | { readonly kind: 'source'; readonly source: BuildableSource; readonly editable: boolean };

/** Opens sources with `options`; see {@link SourceOpener}. */
export function createSourceOpener(options: SourceOpenerOptions): SourceOpener {
  return new Opener(options);
}

class Opener implements SourceOpener {
  readonly #options: SourceOpenerOptions;
  readonly #opened = new Map<string, Promise<unknown>>();
  readonly #staged: Staging[] = [];
  readonly #checkouts: Checkout[] = [];

  constructor(options: SourceOpenerOptions) {
    this.#options = options;
  }

  get canBuild(): boolean {
    return this.#options.builder !== undefined;
  }

  open(input: DirectInput): Promise<DirectDistribution> {
    const { location, editable, name, hashes, configSettings } = input;
    return this.#once(['open', location, editable, name, hashes, configSettings], () => this.#open(input));
  }

  direct(requirement: Parameters<SourceOpener['direct']>[0]): Promise<DirectDistribution> {
    return this.open(directInputOf(requirement, this.#options.tool.settings.workingDir));
  }

  async wheelOf(direct: DirectDistribution): Promise<StoredWheel> {
    const handle = direct.handle as Handle;
    if (handle.kind === 'wheel') return handle.wheel;
    return this.#once(['wheel', direct.directUrl, handle], async () => {
      const builder = this.#builder(direct.name);
      const wheel = await (handle.editable ? builder.buildEditable(handle.source) : builder.buildWheel(handle.source));
      const { name, version } = parseWheelFilename(wheel.filename);
      if (name !== direct.name || compareVersions(version, direct.version) !== 0)
        throw bad(
          `${redactUrls(direct.directUrl.url)} states that it is ${direct.name} ${direct.version.text}, but builds ${wheel.filename}.`,
        );
      requirePlatform(wheel, this.#options.interpreter);
      return wheel;
    });
  }

  async sdistMetadata(source: IndexSource<'sdist'>): Promise<string> {
    const { tool, interpreter } = this.#options;
    const { filename, hashes } = source.file;
    return this.#once(['metadata', filename, source.file.url, source.hashes], async () => {
      const store = await tool.store();
      const known = hashes.sha256;
      const isProven = known !== undefined && (source.hashes ?? [`sha256:${known}`]).includes(`sha256:${known}`);
      const origin = { interpreter, configSettings: this.#options.configSettings?.(nameOfSdist(source.file)) };
      const kept = isProven ? readKeptMetadata(store, known, origin) : undefined;
      if (kept !== undefined) return kept;
      const opened = await this.#openSdist(source);
      const { text, isStatic } = await this.#builder(filename).readMetadata(opened);
      requireSdistName(source.file, text);
      keepMetadata(store, opened.identity.slice('sha256:'.length), text, isStatic ? undefined : origin);
      return text;
    });
  }

  async sdistWheel(source: IndexSource<'sdist'>): Promise<StoredWheel> {
    const { filename } = source.file;
    const opened = await this.#openSdist(source);
    const wheel = await this.#builder(filename).buildWheel(opened);
    const { name, version } = parseWheelFilename(wheel.filename);
    requireSdistName(source.file, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version.text}\n`);
    requirePlatform(wheel, this.#options.interpreter);
    return wheel;
  }

  close(): void {
    for (const staging of this.#staged) staging.release();
    for (const checkout of this.#checkouts) checkout.release();
  }

  async #open(input: DirectInput): Promise<DirectDistribution> {
    const opened = await this.#locate(input);
    const text = 'wheel' in opened ? readStoredMetadata(opened.wheel) : await this.#metadataOf(opened.source, input);
    const metadata = parseMetadata(text);
    const name = normalizeName(metadata.name);
    if (input.name !== undefined && input.name !== name)
      throw bad(`${input.source} requires ${input.name}, but the source is ${name}.`, {
        expected: input.name,
        found: name,
      });
    if ('wheel' in opened) requirePlatform(opened.wheel, this.#options.interpreter);
    const handle: Handle =
      'wheel' in opened
        ? { kind: 'wheel', wheel: opened.wheel }
        : { kind: 'source', source: opened.source, editable: input.editable };
    return { name, version: parseVersion(metadata.version), metadata: text, directUrl: opened.directUrl, handle };
  }

  async #metadataOf(source: BuildableSource, input: DirectInput): Promise<string> {
    return (await this.#builder(input.source).readMetadata(source)).text;
  }

  async #locate(
    input: DirectInput,
  ): Promise<
    | { readonly wheel: StoredWheel; readonly directUrl: DirectUrl }
    | { readonly source: BuildableSource; readonly directUrl: DirectUrl }
  > {
    const { location, hashes, name } = input;
    const { tool, index } = this.#options;
    if (location.kind === 'archive') {
      const url = location.url ?? pathToFileURL(location.path!).href;
      const bare = (sha256: string): DirectUrl => ({
        url,
        archive: { hashes: { sha256 } },
        ...(location.subdirectory === undefined ? {} : { subdirectory: location.subdirectory }),
      });
      if (location.format === 'wheel') {
        const wheel =
          location.path === undefined
            ? await fetchWheel(tool, fileAt(url), index, { hashes })
            : await addStatedWheel(await tool.store(), location.path, hashes);
        return { wheel, directUrl: bare(wheel.sha256) };
      }
      this.#builder(input.source);
      const { subdirectory } = location;
      const opened = await openArchive(
        this.#options,
        { file: fileAt(url), hashes, subdirectory, name },
        await this.#stage(),
      );
      const identity = `sha256:${opened.sha256}${subdirectory === undefined ? '' : `#${subdirectory}`}`;
      return {
        source: this.#withSettings({ path: opened.path, identity, shownAs: redactUrls(location.path ?? url) }, input),
        directUrl: bare(opened.sha256),
      };
    }
    this.#builder(input.source);
    refuseHashes(input);
    if (location.kind === 'directory') {
      const directory = { editable: input.editable };
      const directUrl = { url: pathToFileURL(location.dir).href, directory };
      return { source: this.#withSettings({ path: location.dir }, input), directUrl };
    }
    const { vcs, subdirectory, requested: revision = location.revision } = location;
    const checkout = await checkOut(tool, location);
    this.#checkouts.push(checkout);
    const { dir, commit, url } = checkout;
    const identity = `${vcs}+${url}@${commit}${subdirectory === undefined ? '' : `#${subdirectory}`}`;
    return {
      source: this.#withSettings(
        { path: subdirectory === undefined ? dir : path.join(dir, subdirectory), identity, shownAs: identity },
        input,
      ),
      directUrl: {
        url,
        vcs: { vcs, commitId: commit, ...(revision === undefined ? {} : { requestedRevision: revision }) },
        ...(subdirectory === undefined ? {} : { subdirectory }),
      },
    };
  }

  /** Downloads an sdist of an index, once, and returns the source to build. */
  async #openSdist(source: IndexSource<'sdist'>): Promise<BuildableSource & { readonly identity: string }> {
    const { file, hashes = [] } = source;
    return this.#once(['sdist', file.filename, file.url, hashes], async () => {
      const opened = await openArchive(this.#options, { file, hashes }, await this.#stage());
      const identity = `sha256:${opened.sha256}`;
      const name = nameOfSdist(file);
      const configSettings = this.#options.configSettings?.(name);
      return {
        path: opened.path,
        identity,
        shownAs: file.filename,
        ...(configSettings === undefined ? {} : { configSettings }),
      };
    });
  }

  #withSettings(source: BuildableSource, { name, configSettings: own = [] }: DirectInput): BuildableSource {
    const configSettings = { ...this.#options.configSettings?.(name), ...readConfigSettings(own) };
    return Object.keys(configSettings).length === 0 ? source : { ...source, configSettings };
  }

  #builder(what: string): SourceBuilder {
    const { builder } = this.#options;
    if (builder !== undefined) return builder;
    throw bad(`${what} would have to be built, and only wheels are accepted here.`);
  }

  async #stage(): Promise<Staging> {
    const staging = (await this.#options.tool.store()).stage();
    this.#staged.push(staging);
    return staging;
  }

  #once<T>(key: unknown, run: () => Promise<T>): Promise<T> {
    const text = JSON.stringify(key);
    const known = this.#opened.get(text) ?? run();
    this.#opened.set(text, known);
    return known as Promise<T>;
  }
}

/** Parses `key=value` to config settings (PEP 517). A repeated key gets a list. */
export function readConfigSettings(values: readonly string[]): ConfigSettings {
  const settings: Record<string, string | string[]> = {};
  for (const text of values) {
    const at = text.indexOf('=');
    const [key, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    const known = settings[key];
    settings[key] = known === undefined ? value : [known, value].flat();
  }
  return settings;
}

/** Throws if name or version in the metadata of an sdist differ from its file name. */
function requireSdistName(file: IndexFile, text: string): void {
  const found: Metadata = parseMetadata(text);
  const name = normalizeName(found.name);
  const version = sdistVersion(file.filename, name);
  if (version !== undefined && compareVersions(version, parseVersion(found.version)) === 0) return;
  throw bad(`The metadata of ${file.filename} states the name ${found.name} and the version ${found.version}.`, {
    filename: file.filename,
    found: { name: found.name, version: found.version },
  });
}

function nameOfSdist({ filename }: IndexFile): NormalizedName | undefined {
  const stem = /^(.+)-\d/.exec(filename)?.[1];
  try {
    return stem === undefined ? undefined : normalizeName(stem);
  } catch {
    return undefined; // Settings for single names then do not apply to it.
  }
}

/** A directory or a repository cannot be compared with a hash. */
function refuseHashes({ location, hashes, source }: DirectInput): void {
  if (hashes.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `${source} is a ${location.kind}, whose hash cannot be checked, and a hash is stated for it.`,
    { hint: 'Name a wheel or an sdist, or remove the hash.', data: { source } },
  );
}

function fileAt(url: string): IndexFile {
  const { pathname } = new URL(url);
  const filename = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
  return { filename, url, hashes: {}, yanked: false, source: 'find-links', index: url };
}

function bad(message: string, data?: Record<string, unknown>): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_BAD_INPUT', message, { data });
}
