// Long lists of paths or names, shortened for a message.

/**
 * The items as text for a message, separated by commas. A list longer than `most` (3 by default) ends with the number of
 * items left out: `a, b, c and 4 more`. An empty list gives an empty text.
 */
export function listed(items: readonly string[], most = 3): string {
  return items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}
