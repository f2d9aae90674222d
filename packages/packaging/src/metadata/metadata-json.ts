// Core metadata as JSON: the form that indexes and tools exchange (specification "Core metadata", JSON-compatible metadata,
// PEP 566).

import type { Metadata } from './metadata.ts';

/** Fields of which a file may have several. */
const repeated: readonly string[] = [
  'classifier',
  'dynamic',
  'import-name',
  'import-namespace',
  'license-file',
  'obsoletes',
  'obsoletes-dist',
  'platform',
  'project-url',
  'provides',
  'provides-dist',
  'provides-extra',
  'requires',
  'requires-dist',
  'requires-external',
  'supported-platform',
];

/** Values by field: a text, or a list of texts for the fields that may stand several times and for `keywords`. */
export type MetadataJson = Readonly<Record<string, string | readonly string[]>>;

/**
 * The metadata as a value for JSON. Keys are the names of the fields in lower case with `_` for `-`. `keywords` is a list:
 * parted at commas, or at white space where the text has no comma. `description` is the body where the fields have none. A
 * field that the specification does not know is kept: a text where it stands once, a list where it stands several times.
 */
export function metadataToJson(metadata: Pick<Metadata, 'headers'>, body = ''): MetadataJson {
  const json: Record<string, string | readonly string[]> = {};
  for (const [name, values] of metadata.headers) {
    const key = name.replaceAll('-', '_');
    if (name === 'keywords') json[key] = splitKeywords(values.join(','));
    else json[key] = repeated.includes(name) || values.length > 1 ? values : values[0]!;
  }
  if (json.description === undefined && body.trim() !== '') json.description = body;
  return json;
}

function splitKeywords(text: string): readonly string[] {
  return text
    .split(text.includes(',') ? ',' : /\s+/)
    .map((keyword) => keyword.trim())
    .filter((keyword) => keyword !== '');
}
