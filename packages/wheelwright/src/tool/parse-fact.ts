// Parses a fact that the store remembers. Facts only save work, so a text in another format counts as missing.

/** The fields of a remembered fact; empty if the fact is missing or has another format. */
export function parseFact(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
