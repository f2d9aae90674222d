#!/usr/bin/env node
// The entry of the command. It answers `--version` itself, and starts the bundle through a code cache that an earlier
// run of the same command left beside the user's other caches, keyed by Node's version and the bundle's size and time.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const args = process.argv.slice(2);
const placesFiles = new Set(['install', 'i', 'add', 'sync', 'venv', 'virtualenv', 'uninstall', 'remove', 'rm', 'un']);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const { version } = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8'));
  try {
    fs.writeSync(1, `${version}\n`);
  } catch (error) {
    if (error.code !== 'EPIPE') process.exitCode = 8; // A reader that has gone away lacks nothing.
  }
} else if (!isSettled()) {
  start();
}

/** Whether this very request had nothing to do a while ago and nothing has changed since: then it is answered. */
function isSettled() {
  if (!['install', 'i', 'add', 'sync'].includes(args[0])) return false;
  try {
    const { answer, readSurroundings } = require('../dist/settled.cjs');
    return answer(args, readSurroundings());
  } catch {
    return false; // In any doubt the bundle decides.
  }
}

function start() {
  tune();
  const bundle = path.join(__dirname, '..', 'dist', 'main.cjs');
  let source;
  let stat;
  try {
    source = fs.readFileSync(bundle, 'latin1');
    stat = fs.statSync(bundle);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    fs.writeSync(2, 'wheelwright is not built yet in this checkout: run `npm run setup` first.\n');
    process.exit(1);
  }
  const cacheDir = findCacheDir();
  // One per command: it holds what that command runs. What is no command at all shares one.
  const command = /^[a-z]+$/.test(args[0] ?? '') ? args[0] : 'any';
  const name = `${process.versions.v8}-${process.arch}-${stat.size.toString(36)}-${Math.floor(stat.mtimeMs).toString(36)}-${command}.bin`;
  const cacheFile = cacheDir === undefined ? undefined : path.join(cacheDir, name);
  const cachedData = cacheFile !== undefined && isOwn(cacheDir) ? readOwn(cacheFile) : undefined;
  const script = new (require('node:vm').Script)(source, {
    filename: bundle,
    cachedData,
    importModuleDynamically: require('node:vm').constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  script
    .runInThisContext()
    .call(
      module.exports,
      module.exports,
      require('node:module').createRequire(bundle),
      module,
      bundle,
      path.dirname(bundle),
    );
  // The cache is taken after a run that went well, so that it holds the functions which such a run compiles; it is
  // written once.
  if (cacheFile !== undefined && (cachedData === undefined || script.cachedDataRejected))
    process.once('exit', (code) => code === 0 && writeCache(script, cacheDir, cacheFile));
}

/**
 * Sets V8's options for commands that place files: they run for a second, handle memory that they use again, and leave
 * their work to native calls. They change no result. NODE_OPTIONS stays as the user set it.
 */
function tune() {
  // Another V8 may not know an option, and then prints that on stderr: these are the options of Node 20's.
  if (!placesFiles.has(args[0]) || !process.versions.v8.startsWith('11.')) return;
  const { setFlagsFromString } = require('node:v8');
  // The optimiser waits until a function has proved to be hot for long: a long resolution still gets it.
  setFlagsFromString('--ticks-before-optimization=60');
  setFlagsFromString('--max-bytecode-size-for-early-opt=0');
  // What a code cache is made of stays until the end.
  setFlagsFromString('--no-flush-bytecode');
  // Young objects stay in the megabyte that is in the processor's cache. A heap of a new thread resets the option of all.
  const keepYoungSmall = () => setFlagsFromString('--semi-space-growth-factor=1');
  keepYoungSmall();
  // The heaps of threads start with the old generation that they come to need: none marks everything while it unpacks.
  setFlagsFromString('--initial-old-space-size=64');
  // Several threads that collect a megabyte wait for each other longer than one of them takes.
  setFlagsFromString('--no-parallel-scavenge');
  process.on('worker', (worker) => worker.once('online', keepYoungSmall));
}

/** The directory of the caches; undefined where no absolute path leads to one, as the tool's own settings have it. */
function findCacheDir() {
  const { XDG_CACHE_HOME: cacheHome = '', HOME: home = '' } = process.env;
  if (path.isAbsolute(cacheHome)) return path.join(cacheHome, 'wheelwright', 'code');
  // A home that does not exist is not made.
  return path.isAbsolute(home) && fs.existsSync(home) ? path.join(home, '.cache', 'wheelwright', 'code') : undefined;
}

/** The cache file's bytes, if it is this user's own and nobody else may write it. */
function readOwn(file) {
  let fd;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW || 0));
    const stat = fs.fstatSync(fd);
    if (process.getuid !== undefined && (stat.uid !== process.getuid() || (stat.mode & 0o022) !== 0)) return undefined;
    const data = Buffer.allocUnsafe(stat.size);
    return fs.readSync(fd, data, 0, stat.size, 0) === stat.size ? data : undefined;
  } catch {
    return undefined; // No cache is no harm: the bundle is compiled as usual.
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Whether the directory is this user's own: whoever else may write into it decides what the names in it are. */
function isOwn(dir) {
  try {
    const stat = fs.lstatSync(dir);
    if (!stat.isDirectory()) return false;
    return process.getuid === undefined || (stat.uid === process.getuid() && (stat.mode & 0o022) === 0);
  } catch {
    return false;
  }
}

function writeCache(script, cacheDir, cacheFile) {
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    makeDirectories(cacheDir);
    if (!isOwn(cacheDir)) return;
    fs.writeFileSync(temporary, script.createCachedData(), { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, cacheFile);
    forgetOthers(cacheDir, path.basename(cacheFile));
  } catch {
    try {
      fs.unlinkSync(temporary);
    } catch {
      // Nothing was written: a full or read-only disk only costs the speed.
    }
  }
}

/** One after the other: below /proc Node's recursive mkdir never ends. */
function makeDirectories(dir) {
  if (fs.existsSync(dir)) return;
  makeDirectories(path.dirname(dir));
  fs.mkdirSync(dir, { mode: 0o700 });
}

/** Removes the caches of earlier bundles and Nodes that nobody has used for a month. */
function forgetOthers(cacheDir, kept) {
  const monthAgo = Date.now() - 30 * 24 * 3600 * 1000;
  for (const name of fs.readdirSync(cacheDir)) {
    const file = path.join(cacheDir, name);
    if (name !== kept && fs.statSync(file).mtimeMs < monthAgo) fs.unlinkSync(file);
  }
}
