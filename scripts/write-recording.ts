// Records docs/images/terminal.svg: the commands below are run in a fresh directory, with pinned packages from an index on
// loopback, and their output is drawn. Run by `pnpm docs:recording`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedWheels } from '@wheelwright/testkit/pinned';
import { drawRecording, type RecordedCommand } from './recording.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const lines = ['ww venv', "ww install 'flask>=3' --check imports", 'ww install pyyaml', 'ww rollback'];

const dir = mkdtempSync(path.join(tmpdir(), 'recording-'));
try {
  const projectDir = path.join(dir, 'project');
  const binDir = path.join(dir, 'bin');
  for (const made of [projectDir, binDir]) mkdirSync(made);
  const bundle = path.join(root, 'apps', 'cli', 'bin', 'ww.js');
  writeFileSync(path.join(binDir, 'ww'), `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`, { mode: 0o755 });
  const { VIRTUAL_ENV: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    HOME: dir,
    PATH: `${binDir}${path.delimiter}${process.env.PATH}`,
    WHEELWRIGHT_STORE: path.join(dir, 'store'),
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: [...new Set(pinnedWheels('flask', 'pyyaml').map((wheel) => path.dirname(wheel)))].join(' '),
    FORCE_COLOR: '1',
    COLUMNS: '80',
  };
  const recorded = lines.map((line): RecordedCommand => {
    const { status, stdout } = spawnSync('sh', ['-c', `${line} 2>&1`], { cwd: projectDir, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${line} ended with ${status}:\n${stdout}`);
    return { line, output: stdout.replaceAll(projectDir, '~') };
  });
  writeFileSync(path.join(root, 'docs', 'images', 'terminal.svg'), drawRecording(recorded));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
