// Where compilers, linkers and pkg-config look for files, from their arguments and variables: also the places that they
// try first and where nothing is yet. What they read is in the lists that compilers write.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { FileUse } from '../runner/read-notes.ts';
import { readScript } from './read-script.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const multiarch = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];
const libraryDirs = [
  ...['/usr/local/lib', ...multiarch.flatMap((name) => [`/lib/${name}`, `/usr/lib/${name}`])],
  ...['/lib', '/usr/lib', '/lib64', '/usr/lib64'],
];
/** Directories of headers that the compiler searches by itself. */
export const systemIncludeDirs: readonly string[] = [
  ...['/usr/local/include', ...multiarch.map((name) => `/usr/include/${name}`), '/usr/include'],
];

/** The directories of headers that a call of a compiler names, in the order of the search. */
export function includeDirsOf(words: readonly string[], cwd: string, variables: Variables): string[] {
  const flags = ['CPPFLAGS', 'CFLAGS', 'CXXFLAGS'].flatMap((name) => (variables[name] ?? '').split(/\s+/));
  const named = valuesOf(/^-(?:I|isystem|iquote|idirafter)(.*)$/, [...words, ...flags]);
  const byVariable = ['CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'OBJC_INCLUDE_PATH'].flatMap((name) =>
    (variables[name] ?? '').split(path.delimiter),
  );
  return [...new Set([...named, ...byVariable].filter(Boolean).map((dir) => path.resolve(cwd, dir)))];
}

/** Where a linker looks for `-l…`: each place up to the first that has it. */
export function librariesOf(words: readonly string[], cwd: string, variables: Variables): string[] {
  const flags = ['LDFLAGS', 'LIBS'].flatMap((name) => (variables[name] ?? '').split(/\s+/));
  const byVariable = (variables.LIBRARY_PATH ?? '').split(path.delimiter).filter(Boolean);
  const named = [...valuesOf(/^-L(.*)$/, [...words, ...flags]), ...byVariable];
  const dirs = [...named.map((dir) => path.resolve(cwd, dir)), ...libraryDirs];
  return [...new Set(valuesOf(/^-l(.*)$/, [...words, ...flags]))].flatMap((name) => {
    const names = name.startsWith(':') ? [name.slice(1)] : [`lib${name}.so`, `lib${name}.a`];
    return upToFirst(dirs.flatMap((dir) => names.map((each) => path.join(dir, each))));
  });
}

/** Where pkg-config looks for what it is asked for. */
export function packageFilesOf(words: readonly string[], variables: Variables): string[] {
  const split = (name: string) => (variables[name] ?? '').split(':').filter((dir) => path.isAbsolute(dir));
  const usual = [...libraryDirs, '/usr/local/share', '/usr/share'].map((dir) => `${dir}/pkgconfig`);
  const own = split('PKG_CONFIG_LIBDIR');
  const dirs = [...split('PKG_CONFIG_PATH'), ...(own.length > 0 ? own : usual)];
  const found = new Set<string>();
  const wanted = words.filter((word) => /^[\w.+-]+$/.test(word) && !word.startsWith('-'));
  const asked = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (asked.has(name)) continue;
    asked.add(name);
    const places = upToFirst(dirs.map((dir) => path.join(dir, `${name}.pc`)));
    for (const place of places) found.add(place);
    const requires = readScript(places.at(-1) ?? '')?.match(/^Requires(\.private)?:.*$/gm) ?? [];
    wanted.push(...requires.flatMap((line) => line.replace(/^.*?:/, '').match(/[A-Za-z][\w.+-]*/g) ?? []));
  }
  return [...found];
}

/** Where CMake and Meson look for packages: a new one there may change what a build finds. */
export function packageDirsOf(variables: Variables): (readonly [string, FileUse])[] {
  const prefixes = ['CMAKE_PREFIX_PATH', 'CMAKE_LIBRARY_PATH', 'CMAKE_INCLUDE_PATH'].flatMap((name) =>
    (variables[name] ?? '').split(/[;:]/),
  );
  const inPrefixes = prefixes
    .filter((dir) => path.isAbsolute(dir))
    .flatMap((dir) =>
      ['', 'include', 'lib', 'lib/cmake', 'lib/pkgconfig', 'share'].map((each) => path.join(dir, each)),
    );
  const usual = libraryDirs.flatMap((dir) => [dir, `${dir}/cmake`, `${dir}/pkgconfig`]);
  const lists = [...inPrefixes, ...usual, ...systemIncludeDirs, '/usr/share/pkgconfig', '/usr/local/share'];
  return lists.map((dir) => [dir, 'list'] as const);
}

/** Files that cargo and rustup read for a crate in `cwd`. */
export function cargoFilesOf(cwd: string, variables: Variables): string[] {
  const home = variables.HOME ?? '/';
  const found = [path.join(variables.CARGO_HOME ?? path.join(home, '.cargo'), 'config')];
  for (let dir = cwd; ; dir = path.dirname(dir)) {
    found.push(path.join(dir, '.cargo', 'config'), path.join(dir, 'rust-toolchain'));
    if (dir === path.dirname(dir)) break;
  }
  const settings = path.join(variables.RUSTUP_HOME ?? path.join(home, '.rustup'), 'settings.toml');
  return [settings, ...found.flatMap((file) => [file, `${file}.toml`])];
}

/** The values of options that stand in one word or in two. */
function valuesOf(option: RegExp, words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const value = option.exec(word)?.[1];
    return value === undefined ? [] : [value === '' ? (words[at + 1] ?? '') : value];
  });
}

function upToFirst(files: readonly string[]): string[] {
  const at = files.findIndex((file) => existsSync(file));
  return files.slice(0, at === -1 ? files.length : at + 1);
}
