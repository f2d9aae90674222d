import { readFileSync } from 'node:fs';
import { malformedWheels } from '@wheelwright/testkit/malformed-wheels';
import { oddWheels } from '@wheelwright/testkit/odd-wheels';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, it } from 'vitest';
import { describeWheel } from '../src/describe-wheel.ts';
import { unpackWheel } from '../src/unpack-wheel.ts';
import { collectingSink } from './collecting-sink.ts';

const content = "version = '1.0'\n";

describe('an odd wheel is accepted', () => {
  for (const { title, options, warning } of oddWheels) {
    it(`with ${title}`, async () => {
      const { bytes, filename } = buildWheel(options);
      const sink = collectingSink();
      const { warnings, files } = await unpackWheel(bytes, sink, { filename });
      expect(sink.files.get('odd.py')).toBe(content);
      expect([...sink.files.keys()].sort()).toEqual(files.map(({ path }) => path));
      expect(files.every(({ path }) => !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(path))).toBe(true);
      if (warning === undefined) expect(warnings).toEqual([]);
      else expect(warnings).toEqual([expect.stringContaining(warning)]);
      for (const text of warnings) expect(text).toMatch(new RegExp(`^${filename} .*\\.$`));
      expect((await describeWheel(bytes, { filename })).warnings).toEqual(warnings);
    });
  }
});

it('a row for a dist-info directory of another spelling contradicts no file', async () => {
  const { bytes, filename } = buildWheel({
    name: 'odd',
    recordText: (correct) => {
      const renamed = correct.replaceAll('odd-1.0.dist-info', 'Odd-1.0.dist-info');
      return renamed.replace(/^(Odd-1\.0\.dist-info\/METADATA,).*$/m, `$1sha256=${'A'.repeat(43)},1`);
    },
  });
  const { warnings } = await describeWheel(bytes, { filename });
  expect(warnings.join('\n')).toContain('does not list odd-1.0.dist-info/METADATA in its RECORD');
  expect(warnings.join('\n')).toContain('lists Odd-1.0.dist-info/METADATA in its RECORD, which it does not hold');
});

it('a wheel with an incomplete RECORD is refused where the caller asks for that', async () => {
  const incomplete = oddWheels.filter(({ warning = '' }) => /does not list|lists gone\.py/.test(warning));
  expect(incomplete).toHaveLength(4);
  for (const { options } of incomplete) {
    const { bytes, filename } = buildWheel(options);
    const sink = collectingSink();
    const refused = unpackWheel(bytes, sink, { filename, incomplete: 'refuse' });
    await expect(refused).rejects.toMatchObject({ code: 'WHEEL_RECORD_MISMATCH' });
    expect(sink.calls).toEqual([]);
  }
});

it('the README lists every odd wheel and every malformed one, and no other', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| (.+?) \| (accepted|warning|`WHEEL_[A-Z_]+`) \|$/gm)].map(
    ([, title, verdict]) => [title, verdict],
  );
  expect(rows).toEqual([
    ...oddWheels.map(({ title, warning }) => [title, warning === undefined ? 'accepted' : 'warning']),
    ...malformedWheels.map(({ title, code }) => [title, `\`${code}\``]),
  ]);
});
