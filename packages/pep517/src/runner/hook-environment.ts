// Computes the environment variables of a hook: the caller's, without those that would affect Python and without the
// credentials of indexes, which the built code must not see.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import type { ProvidedEnvironment } from '../ports.ts';

const ledAstray = ['PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONINSPECT', 'PYTHONINTMAXSTRDIGITS', '__PYVENV_LAUNCHER__'];
const ofTheUser = ['PYTHONPATH', 'PYTHONPLATLIBDIR', 'VIRTUAL_ENV', 'VIRTUAL_ENV_PROMPT'];
/** Variables that git sets for its own hooks, about the user's repository. */
const ofGit = /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES)$/;
const tools = /^(PIP|UV|WHEELWRIGHT|TWINE|POETRY|PDM|HATCH|FLIT)_/;
const secret = /(USERNAME|PASSWORD|PASSWD|TOKEN|SECRET|CREDENTIAL|API_KEY|AUTH|HTTP_BASIC)/;
const address = /(INDEX|FIND_LINKS|REPOSITORY|URL|PROXY|TRUSTED_HOST)/;

/** The variables of the runner and its hooks. Nothing of this process is added. */
export function hookEnvironment(
  base: Readonly<NodeJS.ProcessEnv>,
  provided: Pick<ProvidedEnvironment, 'binDir' | 'isolated'>,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  const isolated = provided.isolated !== false;
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || ledAstray.includes(name) || (isolated && ofTheUser.includes(name))) continue;
    if (ofGit.test(name)) continue;
    if (tools.test(name) && secret.test(name)) continue;
    environment[name] = tools.test(name) && address.test(name) ? withoutUser(value) : value;
  }
  environment.PATH = [provided.binDir, base.PATH].filter(Boolean).join(path.delimiter);
  environment.PYTHONIOENCODING = 'utf-8:backslashreplace';
  const environmentDir = path.dirname(provided.binDir);
  if (isolated && existsSync(path.join(environmentDir, 'pyvenv.cfg'))) environment.VIRTUAL_ENV = environmentDir;
  return environment;
}

function withoutUser(value: string): string {
  return redactUrls(value).replaceAll('://****@', '://');
}
