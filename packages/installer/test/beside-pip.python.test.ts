// pip takes no lock and knows nothing of generations. Beside it nothing is lost without a word: what both wrote is
// there, or we said what pip wrote that is not.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { isCodedError } from '@wheelwright/errors';
import { createEnvironment, findInterpreter } from '@wheelwright/python';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { test } from 'vitest';
import { changeEnvironment } from '../src/index.ts';
import { wheelTree } from './environments.ts';

const run = promisify(execFile);
const modules = Array.from({ length: 40 }, (_, n) => n);

/** A package that imports only when all of it is there, in one version. */
function files(name: string, version: string): Record<string, string> {
  const parts = modules.map((n) => [`${name}/m${n}.py`, `version = '${version}'\n`]);
  const check = modules.map((n) => `from .m${n} import version as v${n}\nassert v${n} == '${version}'\n`);
  return { ...Object.fromEntries(parts), [`${name}/__init__.py`]: `version = '${version}'\n${check.join('')}` };
}

test.each(['own', 'plain'] as const)(
  'In the layout %s nothing that was reported as done is lost in silence.',
  async (layout) => {
    const interpreter = await findInterpreter('python3', {
      searchPath: process.env.PATH ?? '',
      cache: { read: () => undefined, write: () => undefined },
    });
    const dir = temporaryDir();
    const env = path.join(dir, 'env');
    await createEnvironment(env, { interpreter, layout });
    const versions = ['1.0', '2.0'];
    const ofPip = versions.map((version) =>
      writeWheel(dir, { name: 'ofpip', version, files: files('ofpip', version) }),
    );
    const ours = versions.map((version) =>
      wheelTree(path.join(dir, 'store'), 'ours', { version, files: files('ours', version) }),
    );
    const told = { changes: 0, named: 0, pipFailed: 0 };
    const rounds = trials(30, 300);
    for (let round = 0; round < rounds; round += 1) {
      const pip = run(interpreter.executable, [
        ...['-m', 'pip', '--python', path.join(env, 'bin', 'python'), 'install', '--no-deps', '--no-index', '-q'],
        ...['--disable-pip-version-check', ofPip[round % 2]!],
      ]).then(
        () => true,
        () => false,
      );
      let running = true;
      let named = false;
      let version = '';
      void pip.then(() => {
        running = false;
      });
      for (let n = 0; running || version === ''; n += 1) {
        try {
          await changeEnvironment(env, { add: [ours[n % 2]!], remove: [] }, { durability: 'none' });
          version = versions[n % 2]!;
          told.changes += 1;
        } catch (error) {
          if (!isCodedError(error, 'INSTALL_ENVIRONMENT_CHANGED')) throw error;
          if (error.data.committed === true) version = versions[n % 2]!;
          if ((error.data.written as string[]).some((file) => file.includes('ofpip'))) named = true;
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const pipIsDone = await pip;
      if (named) told.named += 1;
      if (!pipIsDone) told.pipFailed += 1;
      const checks = [`import ours; assert ours.version == '${version}'`];
      if (pipIsDone && !named) checks.push(`import ofpip; assert ofpip.version == '${versions[round % 2]}'`);
      await run(path.join(env, 'bin', 'python'), ['-B', '-c', checks.join('\n')]);
    }
    console.info(told);
    proved(rounds, `rounds of pip beside ${told.changes} changes`);
  },
);
