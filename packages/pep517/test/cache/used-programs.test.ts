// What scripts and programs of a build used, from their text and arguments alone.
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { usesOf } from '../../src/cache/used-programs.ts';

/** What a run of scripts uses, the first of which is started; `scripts` by name. */
function usesOfScripts(scripts: Readonly<Record<string, string>>, times = 1) {
  const dir = temporaryDir();
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(path.join(dir, name), text);
    chmodSync(path.join(dir, name), 0o755);
  }
  const first = path.join(dir, Object.keys(scripts)[0]!);
  const call = { name: first, cwd: dir, words: [], isWatched: true };
  const uses = usesOf(
    Array.from({ length: times }, () => call),
    { variables: {}, searchPath: [] },
  );
  return { ...uses, names: uses.files.map(([file]) => path.relative(dir, file)) };
}

test('a script that is started many times is examined once', () => {
  const { names, facts } = usesOfScripts({ run: '#!/bin/sh\ncat data.txt\n' }, 50);
  expect(names.filter((name) => name === 'data.txt')).toHaveLength(1);
  expect(facts).toEqual([]);
});

test('scripts that start each other end', () => {
  const { facts } = usesOfScripts({ a: '#!/bin/sh\n. ./b\ncat one.txt\n', b: '. ./a\ncat two.txt\n' });
  expect(facts).toEqual([]);
});

test('a script that changes to ever more directories is a reason not to cache', () => {
  const { facts } = usesOfScripts({ run: `#!/bin/sh\n${'cd x\n'.repeat(500)}cat data.txt\n` });
  expect(facts).toEqual(['a script changes to too many directories']);
});

test('a script that changes to few directories is followed into each', () => {
  const { names, facts } = usesOfScripts({ run: '#!/bin/sh\ncd x\ncat data.txt\n' });
  expect(names).toEqual(expect.arrayContaining(['data.txt', 'x/data.txt']));
  expect(facts).toEqual([]);
});

test('a script that is too large to be examined is a reason not to cache', () => {
  const { facts } = usesOfScripts({ run: '#!/bin/sh\n. ./large\n', large: `#${'x'.repeat(2 << 20)}\ncat data.txt\n` });
  expect(facts).toEqual(['large is too large to be examined']);
});

test('an executable that is too large to be examined is a reason not to cache', () => {
  const { facts } = usesOfScripts({ run: `#!/bin/sh\n#${'x'.repeat(2 << 20)}\ncat data.txt\n` });
  expect(facts).toEqual([expect.stringContaining('run was started')]);
});

test('a text with substitutions deeper than the parser follows is a reason not to cache', () => {
  const nested = `${'$('.repeat(60)}cat data.txt${')'.repeat(60)}`;
  expect(usesOfScripts({ run: `#!/bin/sh\necho ${nested}\n` }).facts).toEqual([
    'a script starts a program whose name it computes',
  ]);
  const few = `${'$('.repeat(5)}cat data.txt${')'.repeat(5)}`;
  expect(usesOfScripts({ run: `#!/bin/sh\necho ${few}\n` }).names).toContain('data.txt');
});
