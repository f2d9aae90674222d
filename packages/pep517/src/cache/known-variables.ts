// Which variables the programs of a build read, as far as it is known of compilers and build tools; and which of all
// variables say nothing about a build.
import { createHash } from 'node:crypto';

/** Read by Python itself, or meant for any build. */
export const alwaysRead: readonly string[] = [
  'SOURCE_DATE_EPOCH',
  'PYTHONHASHSEED',
  'PYTHONOPTIMIZE',
  'PYTHONUTF8',
  'PYTHONUSERBASE',
  'PYTHONNOUSERSITE',
  'PYTHONSAFEPATH',
  'PYTHONDONTWRITEBYTECODE',
  'PYTHONCOERCECLOCALE',
  'TZ',
  'LANG',
  'LC_*',
  '*_PRETEND_VERSION*',
];

/** Read by compilers, linkers and what calls them; a star stands for any text. */
export const readByPrograms: readonly string[] = [
  ...['CC', 'CXX', 'CPP', 'LD', 'AR', 'NM', 'AS', 'FC', 'F77', 'F90', 'RANLIB', 'STRIP', 'OBJC', 'WINDRES'],
  ...['CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'LDFLAGS', 'LDSHARED', 'LDCXXSHARED', 'ARFLAGS', 'FFLAGS', 'FCFLAGS', 'LIBS'],
  ...['OPT', 'BASECFLAGS', 'ARCHFLAGS', 'MACOSX_DEPLOYMENT_TARGET', 'SDKROOT', 'MAKEFLAGS', 'NPY_*', 'BLAS', 'LAPACK'],
  ...['CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'LIBRARY_PATH', 'LD_LIBRARY_PATH', 'LD_RUN_PATH'],
  ...['GCC_EXEC_PREFIX', 'COMPILER_PATH', 'PKG_CONFIG', 'PKG_CONFIG_*', 'CL', '_CL_', 'INCLUDE', 'LIB', 'CUDA_*'],
  ...['CMAKE_*', 'CTEST_*', 'NINJA*', 'MESON*', 'SKBUILD_*', 'MATURIN_*', 'PYO3_*', 'CARGO_*', 'SETUPTOOLS_*'],
  ...['COMPILER_PATH', 'OBJC_INCLUDE_PATH', 'DEPENDENCIES_OUTPUT', 'GCC_*', 'CCC_*', 'NIX_*', 'VCPKG_*'],
  ...['RUSTC', 'RUSTC_*', 'RUSTFLAGS', 'RUSTUP_*', 'DISTUTILS_*', 'CCACHE_*', 'SCCACHE_*', 'CYTHON_*', 'SWIG_*'],
];

/** Read by git, and change what it answers. */
export const readByGit: readonly string[] = [
  ...['GIT_CONFIG*', 'GIT_CEILING_DIRECTORIES', 'GIT_DISCOVERY_ACROSS_FILESYSTEM', 'GIT_NAMESPACE', 'GIT_ATTR_*'],
  ...['GIT_REPLACE_REF_BASE', 'GIT_NO_REPLACE_OBJECTS', 'GIT_*_PATHSPECS', 'GIT_AUTHOR_*', 'GIT_COMMITTER_*'],
];

/** Differ from one shell or one job to the next, and no build depends on them. */
const volatile = new RegExp(
  `^(${[
    'PWD|OLDPWD|SHLVL|_|TERM|COLORTERM|COLUMNS|LINES|DISPLAY|WINDOWID|LS_COLORS|LESS.*|EDITOR|VISUAL|PAGER|MAIL',
    'HOME|USER|LOGNAME|HOSTNAME|TMPDIR|TEMP|TMP|PATH|STY|TMUX.*|VTE_.*|TERM_.*|SSH_.*|GPG_.*|XDG_.*|DBUS_.*',
    'INVOCATION_ID|JOURNAL_STREAM|VIRTUAL_ENV.*|PYTHONIOENCODING|npm_.*|NODE.*|INIT_CWD|PNPM_.*|TURBO_.*|NX_.*',
    'GITHUB_.*|RUNNER_.*|ACTIONS_.*|CI_.*|GITLAB_.*|BUILDKITE.*|CIRCLE_.*|JENKINS_.*|BUILD_(ID|NUMBER|TAG|URL)|VITEST.*',
    // Which credentials a machine has: others of the next job, and hashed into no record.
    'AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|CREDENTIAL_EXPIRATION|(DEFAULT_)?PROFILE)',
    'AWS_(SHARED_CREDENTIALS_FILE|CONFIG_FILE|WEB_IDENTITY_TOKEN_FILE|ROLE_.*|CONTAINER_.*)',
  ].join('|')})$`,
);

type Variables = Readonly<Record<string, string | undefined>>;

/** The hash of what `name` stands for: a variable, a pattern with stars, or `*` for all that say something. */
export function variableState(name: string, variables: Variables): string | null {
  if (!name.includes('*')) {
    const value = variables[name];
    return value === undefined ? null : digest(value);
  }
  const pattern = new RegExp(`^${name.split('*').map(literally).join('.*')}$`);
  const fits = (each: string) => (name === '*' ? !volatile.test(each) : pattern.test(each));
  const found = Object.entries(variables).filter(([each, value]) => value !== undefined && fits(each));
  return found.length === 0 ? null : digest(JSON.stringify(found.sort()));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
