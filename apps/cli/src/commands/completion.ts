// `ww completion SHELL`: a script of the names, options and choices that the definitions have, so that it is never behind.

import type { Command } from '../definitions/options.ts';
import { write } from '../display/output-stream.ts';

interface Completed {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly does: string;
  readonly options: readonly CompletedOption[];
  /** Words that its first argument may be. */
  readonly choices: readonly string[];
}

interface CompletedOption {
  readonly short: string | undefined;
  readonly long: string;
  readonly does: string;
  /** It takes a value. */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The shells that a script can be printed for. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** Prints the script for one shell. */
export async function completion(shell: Shell, program: Command): Promise<void> {
  write(1, completionScript(shell, program));
}

/** The script for one shell, to be sourced by it or put where it looks for completions. */
export function completionScript(shell: Shell, program: Command): string {
  return scripts[shell](readDefinitions(program));
}

function readDefinitions({ commands }: Command): Completed[] {
  return commands.map((command) => ({
    name: command.name(),
    aliases: command.aliases(),
    does: command.description(),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: command.options.map(({ short, long, description, required, argChoices }) => ({
      short: short ?? undefined,
      long: long!,
      does: description,
      takesValue: required,
      choices: argChoices ?? [],
    })),
  }));
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, aliases, options, choices }) => {
    const values = options
      .filter(({ takesValue }) => takesValue)
      .map(({ short, long, choices: words }) => {
        const reply =
          words.length > 0 ? `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word"))` : 'compopt -o default';
        return `        ${[short, long].filter((one) => one !== undefined).join('|')}) ${reply}; return ;;`;
      });
    const words = options.flatMap(({ short, long }) => (short === undefined ? [long] : [short, long]));
    return [
      `    ${[name, ...aliases].join('|')})`,
      ...(values.length === 0 ? [] : ['      case "$before" in', ...values, '      esac']),
      `      words="${[...choices, ...words].join(' ')}" ;;`,
    ].join('\n');
  });
  return `# ww: completion for bash, printed by \`ww completion bash\`
_ww() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" words="" at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ "\${COMP_WORDS[at]}" != -* ]]; then command="\${COMP_WORDS[at]}"; break; fi
  done
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(' ')} --help --version" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ -n "$command" && "$word" != -* ]]; then compopt -o default; fi
}
complete -F _ww ww wheelwright
`;
}

function zshScript(commands: readonly Completed[]): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, '\\$&');
  const cases = commands.map(({ name, aliases, options, choices }) => {
    const specs = options.map(({ short, long, does, takesValue, choices: words }) => {
      const value = !takesValue ? '' : `:value:${words.length > 0 ? `(${words.join(' ')})` : '_files'}`;
      const names = short === undefined ? long : `{${short},${long}}`;
      return `        ${short === undefined ? `'${long}` : `${names}'`}[${quoted(does)}]${value}'`;
    });
    const rest = choices.length > 0 ? `        '1:what:(${choices.join(' ')})'` : `        '*:file:_files'`;
    return `      ${[name, ...aliases].join('|')})\n        _arguments \\\n${[...specs, rest].join(' \\\n')} ;;`;
  });
  return `#compdef ww wheelwright
# ww: completion for zsh, printed by \`ww completion zsh\`
_ww() {
  local -a commands
  commands=(
${commands.map(({ name, does }) => `    '${name}:${quoted(does)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_ww" ]; then _ww "$@"; else compdef _ww ww wheelwright; fi
`;
}

function fishScript(commands: readonly Completed[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, aliases, does, options, choices }) => {
    const within = `-n '__fish_seen_subcommand_from ${[name, ...aliases].join(' ')}'`;
    return [
      `complete -c ww -n __fish_use_subcommand -f -a ${name} -d ${quoted(does)}`,
      ...(choices.length > 0 ? [`complete -c ww ${within} -f -a ${quoted(choices.join(' '))}`] : []),
      ...options.map(({ short, long, does: text, takesValue, choices: words }) =>
        [
          `complete -c ww ${within}`,
          ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
          `-l ${long.slice(2)}`,
          ...(takesValue ? [words.length > 0 ? `-x -a ${quoted(words.join(' '))}` : '-r'] : []),
          `-d ${quoted(text)}`,
        ].join(' '),
      ),
    ];
  });
  return `# ww: completion for fish, printed by \`ww completion fish\`\n${lines.join('\n')}\ncomplete -c wheelwright -w ww\n`;
}
