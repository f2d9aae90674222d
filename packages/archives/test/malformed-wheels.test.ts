import { malformedWheels } from '@wheelwright/testkit/malformed-wheels';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, it } from 'vitest';
import { describeWheel } from '../src/describe-wheel.ts';
import { unpackWheel } from '../src/unpack-wheel.ts';
import { collectingSink } from './collecting-sink.ts';

describe('a malformed wheel', () => {
  for (const { title, code, options, late } of malformedWheels) {
    it(`is refused: ${title}`, async () => {
      const { bytes, filename } = buildWheel(options);
      const sink = collectingSink();
      const error = await unpackWheel(bytes, sink, { filename }).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toMatchObject({ code, message: expect.stringContaining(filename) });
      expect(error.message).toMatch(/^[^\n]+\.$/);
      if (late) return;
      expect(sink.calls).toEqual([]);
      await expect(describeWheel(bytes, { filename })).rejects.toMatchObject({ code });
    });
  }

  it('whose content is wrong gives the sink none of that content', async () => {
    for (const { options } of malformedWheels.filter(({ late }) => late)) {
      const { bytes, filename } = buildWheel(options);
      const sink = collectingSink();
      await expect(unpackWheel(bytes, sink, { filename })).rejects.toThrow();
      expect(sink.files.has('bad.py')).toBe(false);
    }
  });
});
