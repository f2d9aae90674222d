// What the store remembers for us is worth a guess and no more: a text that is not what we write there says nothing.

/** The fields of a remembered fact; none where there is no fact, or another than ours. */
export function parseFact(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
