// Classifies the programs that builds start, by what their arguments tell of the files that they read. A program of no
// kind can read anything, so a build that starts it is not cached.

/** What a build can tell of a program from its name and arguments. */
export type ProgramKind =
  /** Reads the files that its arguments name, and no others. */
  | 'reads-arguments'
  /** Reads no file that matters. */
  | 'reads-nothing'
  /** Writes the list of files that it read. */
  | 'compiler'
  /** A build tool that calls others and writes which files they read. */
  | 'build-tool'
  | 'git'
  | 'make'
  | 'package-files'
  | 'python'
  | 'shell'
  /** Runs the command that its arguments hold. */
  | 'wrapper'
  | 'network'
  /** Its answer differs each time. */
  | 'now';

const kinds: readonly (readonly [ProgramKind, RegExp])[] = [
  ['git', /^git$/],
  [
    'compiler',
    /^(.*-)?(cc|gcc|g\+\+|c\+\+|clang|clang\+\+|ld|ld\.\w+|cpp|gfortran|f95|flang|rustc|nvcc|as)(-[\d.]+)?$/,
  ],
  ['build-tool', /^(meson|cmake|ninja|cargo|maturin|rustup)$/],
  ['make', /^g?make$/],
  ['package-files', /^(.*-)?pkg-?conf(ig)?$/],
  ['python', /^(python|pypy)[\d.]*$/],
  ['shell', /^(sh|bash|dash|zsh|ksh)$/],
  ['wrapper', /^(env|nice|nohup|time|timeout|stdbuf|setsid|ccache|sccache|distcc|icecc|exec|command|builtin)$/],
  ['network', /^(curl|wget|pip[\d.]*|uv|npm|npx|pnpm|yarn|ssh|scp|rsync|docker|podman|svn|hg|ftp|nc|ping)$/],
  ['now', /^(date|uptime|ps|hostname|whoami|id|logname|who|uuidgen|mktemp|free|df|du|openssl|shuf|top|w|last)$/],
  [
    'reads-nothing',
    /^(true|false|echo|printf|expr|basename|dirname|pwd|sleep|seq|yes|kill|arch|nproc|getconf|tty|stty|clear|tput|sw_vers|xcrun|xcode-select|dpkg-architecture|lsb_release|rm|rmdir|mkdir|uname|locale|umask|tee|touch|printenv)$/,
  ],
  [
    'reads-arguments',
    new RegExp(
      `^(.*-)?(${[
        'cat|tac|cp|mv|ln|ls|dir|head|tail|wc|sort|uniq|cut|tr|sed|grep|egrep|fgrep|chmod|chown|readlink|realpath',
        'install|tar|gzip|gunzip|zcat|bzip2|bunzip2|xz|unxz|zstd|zip|unzip|cpio|diff|cmp|comm|patch|paste|join|nl|fold',
        '(sha(1|224|256|384|512)|md5|b2)?sum|od|xxd|hexdump|base64|file|stat|test|strings|split|find|dd|rev|expand',
        'ar|ranlib|nm|strip|objcopy|objdump|readelf|size|patchelf|chrpath|install_name_tool|otool|lipo|codesign|dsymutil',
        'which|whereis|ldd|ldconfig|msgfmt|bison|flex|yacc|lex|m4',
      ].join('|')}|\\[)$`,
    ),
  ],
  // A program that answers with its own settings; its identity is recorded.
  ['reads-nothing', /[-_]config$/],
];

/** The kind of a program by its base name; undefined if it has none. */
export function kindOfProgram(base: string): ProgramKind | undefined {
  return kinds.find(([, pattern]) => pattern.test(base))?.[0];
}
