import { expect, test } from 'vitest';
import { environmentPaths, generationTarget, parseGenerationTarget, stableLinkTarget } from '../../src/index.ts';

test('every path is in the environment', () => {
  expect(environmentPaths('/env')).toEqual({
    dir: '/env',
    pyvenvCfg: '/env/pyvenv.cfg',
    lock: '/env/.lock',
    root: '/env/.wheelwright',
    format: '/env/.wheelwright/format',
    current: '/env/.wheelwright/current',
    generations: '/env/.wheelwright/generations',
    staging: '/env/.wheelwright/staging',
    trash: '/env/.wheelwright/trash',
  });
});

test('the pointer names its generation relatively, so that an environment can be copied', () => {
  expect(generationTarget(7)).toBe('generations/7');
  expect(stableLinkTarget('bin')).toBe('.wheelwright/current/bin');
});

test.each([
  ['generations/1', 1],
  ['generations/12/', 12],
  ['generations/0', undefined],
  ['generations/01', undefined],
  ['generations/../1', undefined],
  ['/abs/generations/1', undefined],
  ['generations/1x', undefined],
])('the generation of %j is %j', (target, number) => {
  expect(parseGenerationTarget(target)).toBe(number);
});
