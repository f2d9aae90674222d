// Writes docs/screens.md: what a terminal of three sizes shows while the command works, waits, fails or is interrupted. The
// programs run on pseudo-terminals; an emulator keeps what is on the screen. Run by `pnpm docs:screens`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGatedIndex } from '@wheelwright/testkit/gated-index';
import { openTerminal, type Terminal } from '@wheelwright/testkit/terminal';

const root = fileURLToPath(new URL('..', import.meta.url));
const entry = path.join(root, 'apps', 'cli', 'bin', 'ww.js');
const sizes = [
  [120, 40],
  [80, 24],
  [40, 12],
] as const;

const projects = [
  { name: 'observatory', bytes: 300_000, requires: ['telescope', 'ephemeris', 'star-catalogue', 'plotting', 'units'] },
  { name: 'telescope', bytes: 900_000 },
  { name: 'ephemeris', bytes: 4_200_000 },
  { name: 'star-catalogue', bytes: 6_800_000 },
  { name: 'plotting', bytes: 2_400_000 },
  { name: 'units', bytes: 60_000 },
];

interface Place {
  readonly dir: string;
  readonly indexUrl: string;
  /** Lets the downloads go on. */
  readonly letGo: () => void;
  readonly open: (...args: readonly string[]) => Terminal;
}

/** One thing that is looked at: its title, and how the screens of it come about. */
interface Scene {
  readonly title: string;
  readonly line: string;
  readonly play: (place: Place) => Promise<readonly string[][]>;
}

const shows = (pattern: RegExp) => (screen: readonly string[]) => screen.some((line) => pattern.test(line));
const end = async (terminal: Terminal) => {
  await terminal.ended;
  return terminal.all();
};

const scenes: readonly Scene[] = [
  {
    title: 'An install, and its end',
    line: 'ww install observatory',
    async play({ open, letGo }) {
      const terminal = open('install', 'observatory');
      const during = await terminal.until(shows(/^ {2}\S.* {2}━/));
      letGo();
      return [during, await end(terminal)];
    },
  },
  {
    title: 'Builds of many trees',
    line: 'ww build --wheel packages/*',
    async play({ dir, open }) {
      const names = ['catalogue', 'ephemeris', 'site', 'telescope'];
      for (const name of names) writeTree(path.join(dir, 'packages', name), name);
      const terminal = open('build', '--wheel', ...names.map((name) => `packages/${name}`));
      const during = await terminal.until((screen) => screen.filter((line) => /^Building .*: /.test(line)).length > 1);
      writeFileSync(path.join(dir, 'go'), '');
      return [during, await end(terminal)];
    },
  },
  {
    title: 'Another process holds the lock',
    line: 'ww install units',
    async play({ dir, open, letGo }) {
      letGo();
      const holder = open('install', 'telescope', '--check', `while ! test -e ${dir}/go; do sleep 0.1; done`);
      await holder.until(shows(/^Checking/));
      const terminal = open('install', 'units');
      const during = await terminal.until(shows(/^Waiting for .* \d+ s/));
      writeFileSync(path.join(dir, 'go'), '');
      const screens = [during, await end(terminal)];
      await holder.ended;
      return screens;
    },
  },
  {
    title: 'A failure',
    line: "ww install 'observatory>=2'",
    play: async ({ open }) => [await end(open('install', 'observatory>=2'))],
  },
  {
    title: 'Ctrl-C',
    line: 'ww install observatory',
    async play({ open }) {
      const terminal = open('install', 'observatory');
      await terminal.until(shows(/^Downloading/));
      terminal.type('\u0003');
      return [await end(terminal)];
    },
  },
];

/** A tree whose backend waits for the file `go`, so that several builds are on the screen together. */
function writeTree(dir: string, name: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    path.join(dir, 'pyproject.toml'),
    `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "${name}"\nversion = "1.0"\n`,
  );
  writeFileSync(
    path.join(dir, 'backend.py'),
    `import os, time, zipfile
def build_wheel(out, config_settings=None, metadata_directory=None):
    while not os.path.exists(os.environ["SCREENS_GO"]):
        time.sleep(0.05)
    info = "${name}-1.0.dist-info"
    files = {
        "${name}.py": "",
        info + "/METADATA": "Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n",
        info + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: screens\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files[info + "/RECORD"] = "".join(one + ",,\\n" for one in [*files, info + "/RECORD"])
    with zipfile.ZipFile(os.path.join(out, "${name}-1.0-py3-none-any.whl"), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return "${name}-1.0-py3-none-any.whl"
`,
  );
}

async function playAt(scene: Scene, columns: number, rows: number): Promise<string[]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'screens-'));
  const index = await startGatedIndex(projects);
  try {
    const { VIRTUAL_ENV: _, NO_COLOR: __, CI: ___, PIP_FIND_LINKS: ____, ...inherited } = process.env;
    const env = {
      ...inherited,
      HOME: dir,
      WHEELWRIGHT_STORE: path.join(dir, 'store'),
      PIP_CONFIG_FILE: '/dev/null',
      WHEELWRIGHT_INDEX_URL: index.indexUrl,
      SCREENS_GO: path.join(dir, 'go'),
    };
    const open = (...args: readonly string[]) =>
      openTerminal(process.execPath, [entry, ...args], { cwd: dir, env, columns, rows });
    if ((await open('venv').ended) !== 0) throw new Error('ww venv failed');
    const screens = await scene.play({ dir, indexUrl: index.indexUrl, letGo: index.open, open });
    const fence = '```';
    return screens.map((lines) => `${fence}text\n${unwrapped(lines, columns, dir)}\n${fence}\n`);
  } finally {
    await index.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The lines as they are, with the directory of the run named `~`; a path that the terminal wrapped is joined first. */
function unwrapped(lines: readonly string[], columns: number, dir: string): string {
  const text = lines.map((line) => (line.length === columns ? line : `${line}\n`)).join('');
  const named = text
    .trimEnd()
    .replaceAll(dir, '~')
    .replace(/127\.0\.0\.1:\d+/g, 'index.example');
  return named
    .split('\n')
    .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''])
    .join('\n');
}

const parts: string[] = [];
for (const scene of scenes) {
  parts.push(`## ${scene.title}\n`, `\`${scene.line}\`\n`);
  for (const [columns, rows] of sizes) {
    parts.push(`${columns} × ${rows}:\n`, ...(await playAt(scene, columns, rows)));
    console.log(`${scene.title}: ${columns} × ${rows}`);
  }
}
const intro =
  'What a terminal shows, captured from pseudo-terminals of three sizes by `pnpm docs:screens`. The bars and the lines that change are gone when the command ends; on a pipe, or with `-q`, there are none.';
writeFileSync(path.join(root, 'docs', 'screens.md'), `# Screens\n\n${intro}\n\n${parts.join('\n')}`);
