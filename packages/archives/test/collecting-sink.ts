// A sink that remembers, and says how often it was called.
import type { TreeSink } from '../src/tree-sink.ts';

export interface CollectingSink extends TreeSink {
  readonly calls: string[];
  readonly files: Map<string, string>;
  readonly executables: Set<string>;
}

export function collectingSink(): CollectingSink {
  const calls: string[] = [];
  const files = new Map<string, string>();
  const executables = new Set<string>();
  return {
    calls,
    files,
    executables,
    directory: (path) => void calls.push(`${path}/`),
    file(path, data, executable) {
      calls.push(path);
      files.set(path, Buffer.from(data).toString());
      if (executable) executables.add(path);
    },
  };
}
