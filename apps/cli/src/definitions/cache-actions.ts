// Words for what `ww cache` does.

/** What pip, uv and pnpm call the actions of their caches. */
export const cacheActions: Readonly<Record<string, string>> = {
  path: 'dir',
  info: 'size',
  list: 'size',
  ls: 'size',
  status: 'verify',
  purge: 'clean',
  clear: 'clean',
  remove: 'prune',
  gc: 'prune',
};
