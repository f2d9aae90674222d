// Which of two places a file comes from, and that neither can spoil it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { IndexFile } from '@wheelwright/index-client';
import type { RemoteCache } from '@wheelwright/remote-store';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { downloadBeside } from '../../src/wheels/download-beside.ts';

const sha256 = createHash('sha256').update('the wheel').digest('hex');
const file: IndexFile = {
  filename: 'demo-1.0-py3-none-any.whl',
  url: 'http://x/demo.whl',
  hashes: { sha256 },
  size: 9,
  yanked: false,
  source: 'index',
  index: 'http://x/',
};

type Fetch = (targetPath: string, onAnswer: () => void, signal: AbortSignal) => Promise<boolean>;
type FromIndex = (targetPath: string, signal: AbortSignal) => Promise<{ sha256: string; size: number }>;

/** Runs one download; each place is a function, and what they were asked is listed. */
async function run(fetch: Fetch, fromIndex: FromIndex, signal?: AbortSignal) {
  const dir = temporaryDir();
  const calls: string[] = [];
  const remote = {
    fetch: async (_expected: unknown, targetPath: string, options: { signal: AbortSignal; onAnswer: () => void }) => {
      calls.push('remote');
      return fetch(targetPath, options.onAnswer, options.signal);
    },
    isOn: true,
    reportSilence: () => void calls.push('silent'),
    offer: async () => void calls.push('offer'),
  } as unknown as RemoteCache;
  const index = {
    download: async (_file: unknown, targetPath: string, options: { signal?: AbortSignal }) => {
      calls.push('index');
      return fromIndex(targetPath, options.signal!);
    },
  };
  const target = path.join(dir, 'download');
  const downloaded = await downloadBeside(remote, index as never, file, sha256, target, { silentMs: 20, signal }).catch(
    (error: unknown) => error,
  );
  const content = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  return { downloaded, content, calls, left: readdirSync(dir).filter((name) => name !== 'download') };
}

const has: Fetch = async (target, onAnswer) => {
  onAnswer();
  writeFileSync(target, 'the wheel');
  return true;
};
const serves: FromIndex = async (target) => {
  writeFileSync(target, 'the wheel');
  return { sha256, size: 9 };
};
const hangs = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('a wheel that the remote has comes only from the remote', async () => {
  expect(await run(has, serves)).toEqual({
    downloaded: { sha256, size: 9, from: 'remote' },
    content: 'the wheel',
    calls: ['remote'],
    left: [],
  });
});

test('a wheel that the remote lacks comes from the index and is offered to the remote', async () => {
  const { downloaded, calls } = await run(async (_target, onAnswer) => {
    onAnswer();
    return false;
  }, serves);
  expect(downloaded).toMatchObject({ from: 'index' });
  // It answered that it has it not.
  expect(calls).toEqual(['remote', 'index', 'offer']);
});

test('a silent remote is overtaken by the index, and ended', async () => {
  let ended = false;
  const { downloaded, calls, left } = await run(
    (_target, _answer, signal) =>
      hangs(signal).catch(() => {
        ended = true;
        return false;
      }),
    serves,
  );
  expect(downloaded).toMatchObject({ from: 'index' });
  expect([ended, calls, left]).toEqual([true, ['remote', 'index', 'silent', 'offer'], []]);
});

test('a remote that is slow and comes first all the same ends the index', async () => {
  const late: Fetch = async (target) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    writeFileSync(target, 'the wheel');
    return true;
  };
  const { downloaded, content, left } = await run(late, (_target, signal) => hangs(signal));
  expect([downloaded, content, left]).toEqual([{ sha256, size: 9, from: 'remote' }, 'the wheel', []]);
});

test('an index that fails while the remote still sends is not the end', async () => {
  const late: Fetch = async (target) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    writeFileSync(target, 'the wheel');
    return true;
  };
  const failing: FromIndex = async () => {
    throw new Error('the index is down');
  };
  expect((await run(late, failing)).downloaded).toMatchObject({ from: 'remote' });
  // Neither has it: what the index says counts.
  expect((await run(async () => false, failing)).downloaded).toMatchObject({ message: 'the index is down' });
});

test('an abort ends both, with its reason', async () => {
  const abort = new AbortController();
  const reason = new Error('interrupted');
  setTimeout(() => abort.abort(reason), 50);
  const { downloaded } = await run(
    (_t, _a, signal) => hangs(signal),
    (_t, signal) => hangs(signal),
    abort.signal,
  );
  expect(downloaded).toBe(reason);
});
