import { describe, expect, test } from 'vitest';
import { importNames } from '../../src/check/import-names.ts';

const metadata = (...lines: readonly string[]) =>
  ['Metadata-Version: 2.5', 'Name: x', 'Version: 1', ...lines].join('\n');
const names = (...files: readonly string[]) => importNames({ metadataText: metadata(), files });

describe('the names to import are', () => {
  test('those that the metadata states, private ones and parts of namespaces included', () => {
    const metadataText = metadata('Import-Name: pkg', 'Import-Name: ns.part', 'Import-Name: _low ; private');
    expect(importNames({ metadataText, files: ['other.py'] })).toEqual(['_low', 'ns.part', 'pkg']);
  });

  test('none where the metadata states that there are none', () => {
    expect(importNames({ metadataText: metadata('Import-Name:'), files: ['other.py'] })).toEqual([]);
  });

  test('packages, modules and extension modules at the top', () => {
    const files = [
      'pkg/__init__.py',
      'pkg/sub/__init__.py',
      'one.py',
      'fast.cpython-311-x86_64-linux-gnu.so',
      'abi.abi3.so',
    ];
    expect(names(...files, 'data/readme.txt', 'x-1.dist-info/METADATA')).toEqual(['abi', 'fast', 'one', 'pkg']);
  });

  test('the packages of a namespace, and not the namespace', () => {
    expect(names('google/cloud/storage/__init__.py', 'google/api/__init__.py', 'google/api/deep/__init__.py')).toEqual([
      'google.api',
      'google.cloud.storage',
    ]);
  });

  test('not private ones, nor those packed by mistake, unless there are no others', () => {
    expect(names('pkg.py', '_pkg.so', 'tests/__init__.py', 'setup.py')).toEqual(['pkg']);
    expect(names('_pkg.so')).toEqual(['_pkg']);
  });

  test('those of top_level.txt for an editable wheel', () => {
    const files = ['__editable___x_1_finder.py', '__editable__.x-1.pth'];
    expect(importNames({ metadataText: metadata(), files, topLevelText: 'pkg\nother\n' })).toEqual(['other', 'pkg']);
  });

  test('none for stubs, scripts and files that no import statement can name', () => {
    expect(names('x-stubs/__init__.pyi', 'not-a-name.py', 'lib.so.1')).toEqual([]);
  });
});
