// The port through which `sources/` builds. `build/` implements it for one tool, one interpreter and the waiting builds.
import type { StoredWheel } from '@wheelwright/store';

/** Settings for a build backend (PEP 517), by key. */
export type ConfigSettings = Readonly<Record<string, string | readonly string[]>>;

/** A source to build: the absolute path of a directory or an sdist. */
export interface BuildableSource {
  readonly path: string;
  /** Identifies the content, if it is known without reading it: `sha256:<hex>`, or a URL with a commit. */
  readonly identity?: string | undefined;
  readonly configSettings?: ConfigSettings | undefined;
  /** Its name in messages, if its path means nothing to the user. */
  readonly shownAs?: string | undefined;
}

/** Builds sources. Every method throws PEP517_…, SDIST_…, and the errors of resolving the build's requirements. */
export interface SourceBuilder {
  buildWheel(source: BuildableSource): Promise<StoredWheel>;
  /** Builds an editable wheel (PEP 660), from a directory only. */
  buildEditable(source: BuildableSource): Promise<StoredWheel>;
  /** The text of METADATA. `isStatic`: the source states it, and no Python was started. */
  readMetadata(source: BuildableSource): Promise<{ readonly text: string; readonly isStatic: boolean }>;
}
