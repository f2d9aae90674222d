// `pyvenv.cfg`: the file that tells an interpreter that it is in an environment (PEP 405). Written once, when the
// environment is made; read without starting Python.

/** The keys, lower-cased as CPython does, with their values trimmed. The first of a repeated key wins here as there. */
export type PyvenvCfg = ReadonlyMap<string, string>;

/** The keys and values of `text`; lines without `=` are passed over, as CPython does. */
export function parsePyvenvCfg(text: string): PyvenvCfg {
  const entries = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    const at = line.indexOf('=');
    if (at < 0) continue;
    const key = line.slice(0, at).trim().toLowerCase();
    if (key !== '' && !entries.has(key)) entries.set(key, line.slice(at + 1).trim());
  }
  return entries;
}

/** `key = value` lines in the order given. A value holding a line break cannot be written: a plain Error. */
export function formatPyvenvCfg(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, value]) => {
      if (/[\r\n]/.test(value)) throw new Error(`bug: pyvenv.cfg cannot hold a line break in ${key}`);
      return `${key} = ${value}\n`;
    })
    .join('');
}

/** The version that a `pyvenv.cfg` states: `version` of venv, `version_info` of virtualenv and uv. */
export function statedVersion(cfg: PyvenvCfg): string | undefined {
  const text = cfg.get('version') ?? cfg.get('version_info');
  return text === undefined ? undefined : /^\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** The prompt that a `pyvenv.cfg` states; venv writes it as a Python string literal, others plainly. */
export function statedPrompt(cfg: PyvenvCfg): string | undefined {
  const text = cfg.get('prompt');
  return text === undefined ? undefined : (/^(['"])(.*)\1$/.exec(text)?.[2] ?? text);
}
