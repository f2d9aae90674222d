// Parses pip's configuration files: sections of `key = value`, where indented lines continue a value.

/** Sections by name, each with its keys (lower case, `-` for `_`) and values. A newline joins continued lines. */
export function parsePipConfig(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]\s*$/.exec(line);
    if (header !== null) {
      section = sections.get(header[1] as string) ?? new Map();
      sections.set(header[1] as string, section);
      key = undefined;
      continue;
    }
    if (section === undefined) continue;
    if (/^\s/.test(line) && key !== undefined) {
      section.set(key, `${section.get(key)}\n${line.trim()}`.trim());
      continue;
    }
    const separator = line.search(/[=:]/);
    if (separator < 0) continue;
    key = line.slice(0, separator).trim().toLowerCase().replaceAll('_', '-');
    section.set(key, line.slice(separator + 1).trim());
  }
  return sections;
}
