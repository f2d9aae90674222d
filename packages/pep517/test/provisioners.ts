// Provisioners for tests: a Python of this machine as it is, with nothing to install.
import type { ProvidedEnvironment, Provisioner } from '@wheelwright/pep517';
import { findPython, findSetuptoolsPython, type HostPython } from '@wheelwright/testkit/find-python';

/** The first python3 of the search path. */
export const hostPython = findPython()!;

/** One with setuptools; undefined where the machine has none. */
export const setuptoolsPython = findSetuptoolsPython();

/** Gives `python` whatever is required, and writes down what it was asked for. */
export function hostProvisioner(python: HostPython = hostPython): Provisioner & {
  readonly asked: (readonly string[])[];
  readonly released: number;
} {
  const asked: (readonly string[])[] = [];
  let released = 0;
  const provided = (): ProvidedEnvironment => ({
    python: python.executable,
    binDir: python.binDir,
    async extend(requirements) {
      asked.push(requirements);
      return provided();
    },
    async release() {
      released += 1;
    },
  });
  return {
    asked,
    get released() {
      return released;
    },
    async provide(requirements) {
      asked.push(requirements);
      return provided();
    },
  };
}
