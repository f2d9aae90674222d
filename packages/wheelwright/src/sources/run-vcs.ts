// Runs git and hg without user interaction, and keeps the end of their output for error messages.
import { spawn } from 'node:child_process';
import { isErrno, redactUrls } from '@wheelwright/errors';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Options for running a VCS program. */
export interface RunVcsOptions {
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** The purpose of the run, which completes "could not": `fetch https://host/x`. */
  readonly purpose: string;
}

/**
 * Runs the program and returns its standard output.
 * @throws WheelwrightError WHEELWRIGHT_SOURCE_UNAVAILABLE with the last lines of its output; the reason of `signal`.
 */
export async function runVcs(vcs: 'git' | 'hg', args: readonly string[], options: RunVcsOptions): Promise<string> {
  const { status, stdout, stderr } = await run(vcs, args, options);
  if (status === 0) return stdout;
  const last = redactUrls(stderr.trim() || stdout.trim())
    .split('\n')
    .slice(-3)
    .join(' ');
  const how = status === undefined ? 'it was ended by a signal' : `it ended with ${status}`;
  throw new WheelwrightError(
    'WHEELWRIGHT_SOURCE_UNAVAILABLE',
    `${vcs} could not ${options.purpose}: ${last === '' ? how : last}`.replace(/[.\s]*$/, '.'),
    { hint: hintFor(stderr), data: { vcs, args: args.map(redactUrls), output: redactUrls(stderr) } },
  );
}

function hintFor(output: string): string {
  if (
    /Authentication failed|could not read (?:Username|Password)|Permission denied|terminal prompts disabled/i.test(
      output,
    )
  )
    return 'Put credentials into the URL, into ~/.netrc, or into the credential helper of git; for ssh, load a key.';
  if (/not found|does not exist|does not appear to be a git repository|unknown revision|did not match/i.test(output))
    return 'Check the URL and the revision.';
  return 'Run the command by hand to see more.';
}

async function run(
  vcs: 'git' | 'hg',
  args: readonly string[],
  { cwd, variables, signal }: RunVcsOptions,
): Promise<{ status: number | undefined; stdout: string; stderr: string }> {
  signal?.throwIfAborted();
  const env = {
    ...withoutRepository(variables),
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    HGPLAIN: '1',
    LC_ALL: 'C',
  };
  const child = spawn(vcs, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  try {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? undefined));
    });
    return { status, ...output };
  } catch (cause) {
    signal?.throwIfAborted();
    if (!isErrno(cause, 'ENOENT')) throw cause;
    throw new WheelwrightError(
      'WHEELWRIGHT_SOURCE_UNAVAILABLE',
      `${vcs} is not on the search path, and a requirement names a repository.`,
      {
        cause,
        hint: `Install ${vcs}.`,
        data: { vcs },
      },
    );
  }
}

/** The environment without variables that point git at another repository, as they are set in git hooks. */
function withoutRepository(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const pointing = [
    'GIT_DIR',
    'GIT_WORK_TREE',
    'GIT_INDEX_FILE',
    'GIT_OBJECT_DIRECTORY',
    'GIT_COMMON_DIR',
    'GIT_PREFIX',
  ];
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !pointing.includes(name)));
}
