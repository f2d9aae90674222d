// A model of the build cache: a tree whose wheel states all that the build saw, random changes of what it depends on and
// of what it does not, and the rule that a build is given back exactly where nothing of the first kind changed.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { directorySink, unpackWheel } from '@wheelwright/archives';
import { type BuildOptions, build, createDirectoryCache } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { hostProvisioner, hostPython } from '../provisioners.ts';

const backend = `
import backend, json, os

def seen():
    tree = {}
    for root, directories, files in os.walk("."):
        directories[:] = sorted(name for name in directories if name != "__pycache__")
        for name in sorted(files):
            file = os.path.join(root, name)
            if os.path.islink(file):
                tree[file[2:]] = ["link", os.readlink(file)]
            else:
                with open(file, encoding="utf-8") as stream:
                    tree[file[2:]] = ["%o" % (os.lstat(file).st_mode & 0o777), stream.read()]
    return {
        "tree": tree,
        "variables": [os.environ.get("SHOWN"), os.getenv("ALSO_SHOWN", "none")],
        "version": open("../beside/VERSION").read(),
        "maybe": os.path.exists("../beside/maybe"),
        "listed": sorted(os.listdir("../beside/listed")),
    }

def build_wheel(directory, config_settings=None, metadata_directory=None):
    state = dict(seen(), settings=config_settings)
    return backend.write_wheel("build_wheel", directory, {"state.json": json.dumps(state).encode()})
`;

/** A change, and whether a build depends on what it changes. */
interface Change {
  readonly name: string;
  readonly counts: boolean;
  make(world: World): void;
}

const texts = ['', 'one', 'two', 'three'];
const changes: readonly Change[] = [
  { name: 'a module', counts: true, make: (world) => world.write('src/demo/a.py', world.pick(texts)) },
  { name: 'a data file', counts: true, make: (world) => world.write('data/deep/x.bin', world.pick(texts)) },
  { name: 'a new file', counts: true, make: (world) => world.write(`data/new-${world.random(3)}`, '') },
  {
    name: 'a file goes',
    counts: true,
    make: (world) => rmSync(world.at(`data/new-${world.random(3)}`), { force: true }),
  },
  { name: 'a mode', counts: true, make: (world) => chmodSync(world.at('tool.sh'), world.pick([0o644, 0o755, 0o600])) },
  { name: 'a link', counts: true, make: (world) => world.link('link', world.pick(['data', 'tool.sh', 'src/demo'])) },
  { name: 'a setting', counts: true, make: (world) => world.setSetting(world.pick([undefined, 'x', 'y'])) },
  { name: 'a requirement', counts: true, make: (world) => world.setRequirement(world.pick(['1', '2'])) },
  { name: 'a Python', counts: true, make: (world) => world.setPython(world.pick(['3.11', '3.12'])) },
  { name: 'a variable', counts: true, make: (world) => world.setVariable('SHOWN', world.pick([undefined, 'a', 'b'])) },
  {
    name: 'another variable',
    counts: true,
    make: (world) => world.setVariable('ALSO_SHOWN', world.pick([undefined, 'c'])),
  },
  { name: 'a file beside', counts: true, make: (world) => world.write('../beside/VERSION', world.pick(texts)) },
  { name: 'a file that may be', counts: true, make: (world) => world.toggle('../beside/maybe') },
  { name: 'a name that is listed', counts: true, make: (world) => world.toggle('../beside/listed/more') },
  {
    name: 'times',
    counts: false,
    make: (world) => utimesSync(world.at('src/demo/a.py'), world.random(1e9), world.random(1e9)),
  },
  {
    name: 'an excluded file',
    counts: false,
    make: (world) => world.write('scratch/notes.txt', `${world.random(1e9)}`),
  },
  {
    name: 'byte-code',
    counts: false,
    make: (world) => world.write('src/demo/__pycache__/a.pyc', `${world.random(1e9)}`),
  },
  { name: 'an unread variable', counts: false, make: (world) => world.setVariable('UNREAD', `${world.random(1e9)}`) },
  {
    name: 'an unread file beside',
    counts: false,
    make: (world) => world.write('../beside/unread', `${world.random(1e9)}`),
  },
  { name: 'the place of the tree', counts: false, make: (world) => world.move() },
];

/** Everything that a build depends on, and something else. */
class World {
  readonly dir = temporaryDir();
  readonly variables: Record<string, string | undefined> = { PATH: process.env.PATH };
  #home = 'home-0';
  #seed: number;
  #setting: string | undefined;
  #requirement = '1';
  #python = '3.11';

  constructor(seed: number) {
    this.#seed = seed;
    writeBackendTree(this.at('.'));
    writeTree(this.at('.'), {
      'own.py': backend,
      'tool.sh': '#!/bin/sh\n',
      'src/demo/a.py': '',
      'data/deep/x.bin': '',
      '../beside/VERSION': '1',
      '../beside/listed/one': '',
      'pyproject.toml': `[build-system]
requires = []
build-backend = "own"
backend-path = ["."]
[tool.wheelwright.build]
exclude = ["/scratch/"]
`,
    });
    this.link('link', 'data');
  }

  at(name: string): string {
    return path.join(this.dir, this.#home, 'tree', name);
  }

  random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed % below;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random(values.length)]!;
  }

  write(name: string, text: string): void {
    mkdirSync(path.dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), text);
  }

  toggle(name: string): void {
    if (existsSync(this.at(name))) rmSync(this.at(name));
    else this.write(name, '');
  }

  link(name: string, target: string): void {
    rmSync(this.at(name), { force: true });
    symlinkSync(target, this.at(name));
  }

  setSetting(value: string | undefined): void {
    this.#setting = value;
  }

  setRequirement(value: string): void {
    this.#requirement = value;
  }

  setPython(value: string): void {
    this.#python = value;
  }

  setVariable(name: string, value: string | undefined): void {
    this.variables[name] = value;
  }

  move(): void {
    const next = `home-${this.random(1e6)}`;
    renameSync(path.join(this.dir, this.#home), path.join(this.dir, next));
    this.#home = next;
  }

  get options(): BuildOptions {
    const provisioner = hostProvisioner();
    return {
      sourceDir: this.at('.'),
      kind: 'wheel',
      outDir: path.join(this.dir, 'out'),
      buildsDir: path.join(this.dir, 'builds'),
      interpreter: { ...hostPython, identity: { version: this.#python } },
      provisioner: Object.assign(provisioner, { identify: async () => [this.#requirement] }),
      environment: this.variables,
      configSettings: this.#setting === undefined ? {} : { setting: this.#setting },
      cache: createDirectoryCache({ dir: path.join(this.dir, 'kept') }),
    };
  }

  /** What the wheel has to state. */
  get seen(): unknown {
    const tree: Record<string, [string, string]> = {};
    for (const name of (readdirSync(this.at('.'), { recursive: true }) as string[]).sort()) {
      const stats = lstatSync(this.at(name));
      // Node follows the link here, and Python does not.
      if (stats.isDirectory() || /^(scratch|link)\//.test(name) || name.includes('__pycache__')) continue;
      // os.walk lists a link to a directory among the directories.
      if (stats.isSymbolicLink()) {
        if (!lstatSync(this.at(path.join(path.dirname(name), readlinkSync(this.at(name))))).isDirectory())
          tree[name] = ['link', readlinkSync(this.at(name))];
      } else tree[name] = [(stats.mode & 0o777).toString(8), readFileSync(this.at(name), 'utf8')];
    }
    return {
      tree,
      variables: [this.variables.SHOWN ?? null, this.variables.ALSO_SHOWN ?? 'none'],
      version: readFileSync(this.at('../beside/VERSION'), 'utf8'),
      maybe: existsSync(this.at('../beside/maybe')),
      listed: readdirSync(this.at('../beside/listed')).sort(),
      settings: this.#setting === undefined ? {} : { setting: this.#setting },
    };
  }

  /** What no wheel states and a key holds all the same. */
  get unstated(): readonly string[] {
    return [this.#requirement, this.#python, existsSync(this.at('link')) ? readlinkSync(this.at('link')) : ''];
  }
}

/** What went wrong in a round. */
export interface WrongRound {
  readonly round: number;
  readonly change: string;
  readonly why: string;
}

/** Makes `rounds` changes, builds after each, and gives the rounds in which the cache was wrong: none, as it should be. */
export async function tryRandomChanges(rounds: number, seed: number): Promise<WrongRound[]> {
  const world = new World(seed);
  const wrong: WrongRound[] = [];
  const known = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const change = changes[round === 0 ? 0 : world.random(changes.length)]!;
    change.make(world);
    const state = JSON.stringify([world.seen, world.unstated]);
    const result = await build(world.options);
    const unpacked = path.join(world.dir, 'unpacked');
    rmSync(unpacked, { recursive: true, force: true });
    mkdirSync(unpacked);
    await unpackWheel(result.path, directorySink(unpacked));
    const stated: unknown = JSON.parse(readFileSync(path.join(unpacked, 'state.json'), 'utf8'));
    if (canonical(stated) !== canonical(world.seen))
      wrong.push({
        round,
        change: change.name,
        why: `stale: ${firstDifference(stated, world.seen)}`,
      });
    if (result.reused && !known.has(state))
      wrong.push({ round, change: change.name, why: 'reused what was never built' });
    if (!result.reused && round > 0 && !change.counts)
      wrong.push({ round, change: change.name, why: 'built for nothing' });
    known.add(state);
  }
  return wrong;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${name}:${canonical(each)}`)
    .join()}}`;
}

/** Where two values differ first, for the one who mends it. */
function firstDifference(a: unknown, b: unknown, at = ''): string {
  if (canonical(a) === canonical(b)) return '';
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isObject(a) || !isObject(b)) return `${at}: ${JSON.stringify(a)} instead of ${JSON.stringify(b)}`;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const name = names.find((each) => canonical(left[each]) !== canonical(right[each]))!;
  return firstDifference(left[name], right[name], `${at}/${name}`);
}
