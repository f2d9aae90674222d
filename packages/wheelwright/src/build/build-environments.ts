// The build frontend's port over our own engine: environments for build backends, made once per content and shared by
// every build on the machine. They live in the store; each is named by what is in it and for which interpreter.
//
// Protocol, per environment `<key>`:
// 1. The requirements are resolved and fetched without a lock.
// 2. `<key>.lock` is taken exclusively. crash here: nothing was written.
// 3. Unless `<key>/.complete` is there, the environment is made and filled. crash here: it lacks `.complete`, and the
//    next one that wants it makes it again from the beginning.
// 4. `.complete` is written durably and the lock let go. The lease, `<key>.lease`, is shared for as long as the build
//    runs; pruning takes both exclusively, so that an environment in use stays. Two files, because whoever waits to fill
//    it must not wait for a build to end.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { removeTree, writeFileAtomic } from '@wheelwright/atomic-fs';
import { acquireLock } from '@wheelwright/fslock';
import { changeEnvironment } from '@wheelwright/installer';
import { formatRequirement, parseRequirement } from '@wheelwright/packaging';
import type { ProvidedEnvironment, ProvideOptions, Provisioner, TreeUnderConstruction } from '@wheelwright/pep517';
import { createEnvironment, type Interpreter } from '@wheelwright/python';
import { parseFact } from '../tool/parse-fact.ts';
import type { Tool } from '../tool/tool.ts';

import { readAskedFor } from '../wheels/read-asked-for.ts';
import type { Constraint } from '../wheels/requirement-inputs.ts';
import type { OpenSources, ResolvedWheel } from '../wheels/resolution.ts';
import { resolveWheels } from '../wheels/resolve-wheels.ts';

import { toWheelTree } from '../wheels/wheel-trees.ts';

/** How long a resolution of build requirements is taken without asking the index again, in ms. */
const resolutionLifetimeMs = 600_000;

/** Opens the sources among a build's requirements; the builds in `underConstruction` wait for them. */
export type OpenRequirementSources = (underConstruction: readonly TreeUnderConstruction[]) => OpenSources;

/** Environments for builds with `interpreter`, from the tool's index and store. */
export function createBuildProvisioner(
  tool: Tool,
  interpreter: Interpreter,
  openRequirementSources: OpenRequirementSources,
): Provisioner {
  let constraints: Promise<readonly Constraint[]> | undefined;
  const contextFor = async ({ underConstruction = [] }: ProvideOptions): Promise<ProvisionContext> => {
    constraints ??= readConstraints(tool, interpreter);
    const openSources = openRequirementSources(underConstruction);
    return { tool, interpreter, openSources, constraints: await constraints };
  };
  const stated = (requirements: readonly string[]) =>
    [...new Set(requirements)].map((text) => ({ text, source: 'build-system.requires' }));
  return {
    provide: async (requirements, _, options) => await provide(await contextFor(options), stated(requirements)),
    identify: async (requirements, _, options) =>
      (await resolveContent(await contextFor(options), stated(requirements))).wheels,
  };
}

async function readConstraints(tool: Tool, interpreter: Interpreter): Promise<readonly Constraint[]> {
  const { buildConstraintFiles: constraintFiles } = tool.settings;
  return constraintFiles.length === 0 ? [] : (await readAskedFor(tool, interpreter, { constraintFiles })).constraints;
}

/** For whom environments are provided. */
interface ProvisionContext {
  readonly tool: Tool;
  readonly interpreter: Interpreter;
  readonly constraints: readonly Constraint[];
  readonly openSources: OpenSources;
}

/** A requirement of a build, and where it is stated. */
interface BuildRequirement {
  readonly text: string;
  readonly source: string;
}

/** What an environment holds, by its hashes. */
interface Content {
  /** Names the environment. */
  readonly key: string;
  /** The hashes of its wheels, sorted. */
  readonly wheels: readonly string[];
  /** The name of the note that remembers it. */
  readonly memo: string;
  /** Undefined where the note told. */
  readonly resolved?: readonly ResolvedWheel[] | undefined;
}

/** Resolves the requirements, or takes what they came to a short while ago. */
async function resolveContent(
  context: ProvisionContext,
  requirements: readonly BuildRequirement[],
  { anew = false }: { readonly anew?: boolean } = {},
): Promise<Content> {
  const { tool, interpreter, constraints } = context;
  const store = await tool.store();
  const memo = `build-requirements-${digest(
    requirements.map(({ text }) => text).sort(),
    constraints.map(({ requirement }) => formatRequirement(requirement)),
    interpreter.executable,
    interpreter.versionText,
    tool.settings.index,
  )}`;
  const parsed = requirements.map(({ text, source }) => ({ requirement: parseRequirement(text), source }));
  // What a requirement names itself may be another file by now.
  const isMemorable = parsed.every(({ requirement }) => requirement.url === undefined);
  const remembered = anew || !isMemorable ? undefined : readMemo(store.facts.read(memo));
  if (remembered !== undefined) return { ...remembered, memo };
  const inputs = parsed.map((each) => ({ kind: 'requirement' as const, hashes: [], ...each }));
  const resolved = await onceAtATime(tool, memo, () =>
    resolveWheels(tool, {
      inputs,
      constraints,
      interpreter,
      openSources: context.openSources,
    }),
  );
  const wheels = resolved.flatMap(({ wheel }) => (wheel === undefined ? [] : [wheel.sha256])).sort();
  const key = digest(wheels, interpreter.executable, interpreter.versionText);
  if (isMemorable) store.facts.write(memo, JSON.stringify({ key, wheels, at: Date.now() }));
  return { key, wheels, memo, resolved };
}

async function provide(
  context: ProvisionContext,
  requirements: readonly BuildRequirement[],
): Promise<ProvidedEnvironment> {
  const { tool, interpreter } = context;
  const texts = requirements.map(({ text }) => text);
  const store = await tool.store();
  const environmentDir = (key: string) => path.join(store.environmentsDir, key);
  const isThere = (key: string) => existsSync(path.join(environmentDir(key), '.complete'));
  let content = await resolveContent(context, requirements);
  if (content.resolved === undefined && !isThere(content.key)) {
    content = await resolveContent(context, requirements, { anew: true });
  }
  const { key, memo, resolved } = content;
  const dir = environmentDir(key);
  const lockOptions = { timeoutMs: tool.settings.lockTimeoutMs, signal: tool.signal, purpose: 'build environment' };
  if (resolved !== undefined) {
    const lock = await acquireLock(`${dir}.lock`, lockOptions);
    try {
      if (!existsSync(path.join(dir, '.complete'))) await fill(tool, dir, interpreter, resolved);
    } finally {
      lock.release();
    }
  }
  const lease = await acquireLock(`${dir}.lease`, { ...lockOptions, mode: 'shared' });
  if (!existsSync(path.join(dir, '.complete'))) {
    // Pruned between the look and the lease: its memo is worth nothing, and the second try makes it.
    lease.release();
    store.facts.write(memo, '');
    return provide(context, requirements);
  }
  return {
    python: path.join(dir, 'bin', 'python'),
    binDir: path.join(dir, 'bin'),
    leaseFd: lease.fd,
    extend: (more, { askedBy }) => {
      const added = more.filter((text) => !texts.includes(text)).map((text) => ({ text, source: askedBy }));
      return provide(context, [...requirements, ...added]);
    },
    release: async () => lease.release(),
  };
}

const underWay = new WeakMap<Tool, Map<string, Promise<readonly ResolvedWheel[]>>>();

/** Of several builds that resolve the same at the same time one does. */
function onceAtATime(
  tool: Tool,
  memo: string,
  resolve: () => Promise<readonly ResolvedWheel[]>,
): Promise<readonly ResolvedWheel[]> {
  const ofTool = underWay.get(tool) ?? new Map<string, Promise<readonly ResolvedWheel[]>>();
  underWay.set(tool, ofTool);
  const resolving = ofTool.get(memo) ?? resolve().finally(() => ofTool.delete(memo));
  ofTool.set(memo, resolving);
  return resolving;
}

async function fill(
  tool: Tool,
  dir: string,
  interpreter: Interpreter,
  resolved: readonly ResolvedWheel[],
): Promise<void> {
  const store = await tool.store();
  removeTree(dir);
  await createEnvironment(dir, { interpreter, layout: 'own' });
  const add = [];
  for (const { wheel } of resolved)
    if (wheel !== undefined) add.push(await toWheelTree(store, wheel, { requested: false, compileFor: interpreter }));
  if (add.length > 0)
    await changeEnvironment(dir, { add, remove: [] }, { command: 'build environment', signal: tool.signal });
  writeFileAtomic(path.join(dir, '.complete'), '');
}

function readMemo(text: string | undefined): Pick<Content, 'key' | 'wheels'> | undefined {
  const { key, wheels, at } = parseFact(text);
  if (typeof key !== 'string' || !/^[0-9a-f]+$/.test(key) || typeof at !== 'number') return undefined;
  if (!Array.isArray(wheels) || Date.now() - at >= resolutionLifetimeMs || Date.now() < at) return undefined;
  return { key, wheels };
}

function digest(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
