// Implements the build frontend's `Provisioner`: environments for build backends. Each is made once for its content and
// shared by all builds of the machine. The store holds them; the name of each is a hash of its content and interpreter.
//
// Protocol, per environment `<key>`:
// 1. Resolve the requirements and fetch the wheels, without a lock.
// 2. Take `<key>.lock` exclusively. crash here: nothing was written.
// 3. Unless `<key>/.complete` exists, make and fill the environment. crash here: `.complete` is missing, and the next
//    process that wants the environment makes it again from the beginning.
// 4. Write `.complete` durably and release the lock. The build holds the lease `<key>.lease` shared while it runs. Pruning
//    takes both files exclusively, so an environment in use stays. There are two files because a process that waits to
//    fill the environment must not wait for a build to end.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { removeTree, writeFileAtomic } from '@wheelwright/atomic-fs';
import { acquireLock } from '@wheelwright/fslock';
import { changeEnvironment } from '@wheelwright/installer';
import { formatRequirement, parseRequirement } from '@wheelwright/packaging';
import type { ProvidedEnvironment, ProvideOptions, Provisioner, TreeUnderConstruction } from '@wheelwright/pep517';
import { createEnvironment, type Interpreter } from '@wheelwright/python';
import { readAskedFor } from '../requirements/read-asked-for.ts';
import type { Constraint } from '../requirements/requirement-inputs.ts';
import type { OpenSources, ResolvedWheel } from '../requirements/resolution.ts';
import { resolveWheels } from '../resolve/resolve-wheels.ts';
import { parseFact } from '../tool/parse-fact.ts';
import type { Tool } from '../tool/tool.ts';

import { toWheelTree } from '../wheels/wheel-trees.ts';
import { buildsWaiting } from './builds-waiting.ts';

/** How long a resolution of build requirements is used without asking the index again, in ms. */
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
    const isNested = buildsWaiting(underConstruction).length > 1;
    return { tool, interpreter, openSources, isNested, constraints: await constraints };
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

/** What all environments of one provisioner have in common. */
interface ProvisionContext {
  readonly tool: Tool;
  readonly interpreter: Interpreter;
  readonly constraints: readonly Constraint[];
  readonly openSources: OpenSources;
  /** Whether another build waits for the one that needs the environment. */
  readonly isNested: boolean;
}

/** A requirement of a build, and where it is stated. */
interface BuildRequirement {
  readonly text: string;
  readonly source: string;
}

/** The content of an environment. */
interface Content {
  /** Names the environment. */
  readonly key: string;
  /** The hashes of its wheels, sorted. */
  readonly wheels: readonly string[];
  /** The key of the fact in the store that remembers this content. */
  readonly memo: string;
  /** Undefined if the content comes from that fact. */
  readonly resolved?: readonly ResolvedWheel[] | undefined;
}

/** Resolves the requirements, or uses a recent resolution. */
async function resolveContent(
  context: ProvisionContext,
  requirements: readonly BuildRequirement[],
  { again = false }: { readonly again?: boolean } = {},
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
  // The file that a requirement names may have changed since.
  const isMemorable = parsed.every(({ requirement }) => requirement.url === undefined);
  const remembered = again || !isMemorable ? undefined : readMemo(store.facts.read(memo));
  if (remembered !== undefined) return { ...remembered, memo };
  const inputs = parsed.map((each) => ({ kind: 'requirement' as const, hashes: [], ...each }));
  const resolved = await onceAtATime(context, memo, () =>
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
    content = await resolveContent(context, requirements, { again: true });
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
    // It was pruned before the lease was taken. Its memo is useless; the second attempt makes it again.
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

/**
 * If several builds resolve the same requirements at once, one of them does the work. A build that another build waits for
 * resolves by itself: of two chains of builds that require each other, each would wait for what the other began, and
 * neither would find the cycle.
 */
function onceAtATime(
  { tool, isNested }: ProvisionContext,
  memo: string,
  resolve: () => Promise<readonly ResolvedWheel[]>,
): Promise<readonly ResolvedWheel[]> {
  if (isNested) return resolve();
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
