// Describes the interpreter and platform that a build depends on, with values that mean the same on every machine: no path.
import type { Interpreter } from '@wheelwright/python';

/** A part of the build key. */
export function interpreterIdentity(interpreter: Interpreter): Readonly<Record<string, unknown>> {
  const { implementation, versionText, cacheTag, magic, platform, tags, markers } = interpreter;
  return {
    implementation,
    version: versionText,
    cacheTag,
    magic,
    platform,
    // The ABI with its flags, and the C library with its version.
    tag: tags[0],
    machine: markers.platform_machine,
  };
}
