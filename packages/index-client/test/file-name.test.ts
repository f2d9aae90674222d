// Which file names on a page, or in a directory, are those of a project.
import { normalizeName } from '@wheelwright/packaging';
import { expect, it } from 'vitest';
import { ofProject } from '../src/file-name.ts';

const isOfDemo = ofProject(normalizeName('demo'));

it.each(['demo-1.0-py3-none-any.whl', 'Demo-1.0-py3-none-any.whl', 'demo-1.0.tar.gz', 'DEMO-1.0.zip'])(
  '%s is one of demo',
  (filename) => expect(isOfDemo(filename)).toBe(true),
);

it.each([
  'demo_-1.0-py3-none-any.whl',
  '-1.0-py3-none-any.whl',
  'demo.whl',
  'größe-1.0-py3-none-any.whl',
  '%2e-1.0-py3-none-any.whl',
  '.-1.0.tar.gz',
  'demo_-1.0.tar.gz',
  'demo-.tar.gz',
  'demo-1.0-py3-none-any.whl.part',
])('%s is passed over', (filename) => expect(isOfDemo(filename)).toBe(false));
