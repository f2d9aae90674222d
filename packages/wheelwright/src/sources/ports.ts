// What opening sources needs from those who build: implemented in `build/`, bound to a tool, an interpreter and the builds
// that wait.
import type { StoredWheel } from '@wheelwright/store';

/** Settings for a build backend (PEP 517), by key. */
export type ConfigSettings = Readonly<Record<string, string | readonly string[]>>;

/** What is built: an absolute path of a directory or an sdist. */
export interface BuildableSource {
  readonly path: string;
  /** What the content is, where it is known without reading it: `sha256:<hex>`, or a URL with a commit. */
  readonly identity?: string | undefined;
  readonly configSettings?: ConfigSettings | undefined;
  /** What messages call it, where its path says nothing to a person. */
  readonly shownAs?: string | undefined;
}

/** Builds sources. Every method throws PEP517_…, SDIST_…, and what the build's own requirements throw. */
export interface SourceBuilder {
  buildWheel(source: BuildableSource): Promise<StoredWheel>;
  /** For a directory only (PEP 660). */
  buildEditable(source: BuildableSource): Promise<StoredWheel>;
  /** The text of METADATA; `isStatic` where the source states it and no Python was started. */
  readMetadata(source: BuildableSource): Promise<{ readonly text: string; readonly isStatic: boolean }>;
}
