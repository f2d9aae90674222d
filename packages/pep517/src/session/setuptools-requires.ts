// Remembers what get_requires_for_build_wheel of setuptools answers. If a tree has no code of its own and asks for nothing,
// the answer depends on the version of setuptools alone, so all such trees in one environment get one answer.
import type { Remembers, SessionOptions } from './session-options.ts';

/** Where the answer for this build is remembered; undefined if it may depend on the tree. */
export function memoryOf(
  { kind, configSettings = {}, remembers }: SessionOptions,
  runsAlone: () => boolean,
): Remembers | undefined {
  const asksForNothing = kind === 'wheel' && Object.keys(configSettings).length === 0;
  return remembers !== undefined && asksForNothing && runsAlone() ? remembers : undefined;
}

/** The remembered answer; undefined if there is none, or if its text is damaged. */
export function recallRequires(memory: Remembers | undefined): readonly string[] | undefined {
  try {
    const known: unknown = JSON.parse(memory?.read() ?? '');
    return Array.isArray(known) && known.every((each) => typeof each === 'string') ? known : undefined;
  } catch {
    return undefined;
  }
}
