// The files that make an environment active in a shell. Names and behaviour are those of venv, because prompts, editors
// and people's own scripts rely on them: VIRTUAL_ENV, VIRTUAL_ENV_PROMPT, VIRTUAL_ENV_DISABLE_PROMPT, `deactivate`.
import path from 'node:path';

export interface ActivateScript {
  /** In `bin`. */
  readonly name: string;
  readonly data: string;
}

/** The scripts of the environment at `environmentDir`, whose name in the prompt is `prompt`. */
export function activateScripts(environmentDir: string, prompt: string): readonly ActivateScript[] {
  return [
    { name: 'activate', data: forSh(environmentDir, prompt) },
    { name: 'activate.fish', data: forFish(environmentDir, prompt) },
    { name: 'activate.csh', data: forCsh(environmentDir, prompt) },
  ];
}

function forSh(dir: string, prompt: string): string {
  return `# Source this file from sh, bash or zsh ("source bin/activate"); running it changes nothing.

deactivate () {
    if [ -n "\${_OLD_VIRTUAL_PATH:-}" ] ; then
        PATH="\${_OLD_VIRTUAL_PATH:-}"
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "\${_OLD_VIRTUAL_PYTHONHOME:-}" ] ; then
        PYTHONHOME="\${_OLD_VIRTUAL_PYTHONHOME:-}"
        export PYTHONHOME
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    # The shell remembers where it found commands.
    hash -r 2> /dev/null || true
    if [ -n "\${_OLD_VIRTUAL_PS1+set}" ] ; then
        PS1="\${_OLD_VIRTUAL_PS1:-}"
        export PS1
        unset _OLD_VIRTUAL_PS1
    fi
    unset VIRTUAL_ENV
    unset VIRTUAL_ENV_PROMPT
    if [ "\${1:-}" != "nondestructive" ] ; then
        unset -f deactivate
    fi
}

# An environment that is active already is left first.
deactivate nondestructive

VIRTUAL_ENV=${shWord(dir)}
export VIRTUAL_ENV
VIRTUAL_ENV_PROMPT=${shWord(prompt)}
export VIRTUAL_ENV_PROMPT

_OLD_VIRTUAL_PATH="\${PATH:-}"
PATH="$VIRTUAL_ENV/bin\${PATH:+:$PATH}"
export PATH

# PYTHONHOME would lead the interpreter out of the environment.
if [ -n "\${PYTHONHOME:-}" ] ; then
    _OLD_VIRTUAL_PYTHONHOME="\${PYTHONHOME:-}"
    unset PYTHONHOME
fi

if [ -z "\${VIRTUAL_ENV_DISABLE_PROMPT:-}" ] ; then
    _OLD_VIRTUAL_PS1="\${PS1:-}"
    PS1=${shWord(`(${prompt}) `)}"\${PS1:-}"
    export PS1
fi

hash -r 2> /dev/null || true
`;
}

function forFish(dir: string, prompt: string): string {
  return `# Source this file from fish ("source bin/activate.fish"); running it changes nothing.

function deactivate -d "Leave the virtual environment"
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    if set -q _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -e _OLD_VIRTUAL_PYTHONHOME
    end
    if set -q _OLD_FISH_PROMPT_OVERRIDE
        set -e _OLD_FISH_PROMPT_OVERRIDE
        if functions -q _old_fish_prompt
            functions -e fish_prompt
            functions -c _old_fish_prompt fish_prompt
            functions -e _old_fish_prompt
        end
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != nondestructive
        functions -e deactivate
    end
end

# An environment that is active already is left first.
deactivate nondestructive

set -gx VIRTUAL_ENV ${fishWord(dir)}
set -gx VIRTUAL_ENV_PROMPT ${fishWord(prompt)}
set -gx _OLD_VIRTUAL_PATH $PATH
set -gx PATH "$VIRTUAL_ENV/bin" $PATH

# PYTHONHOME would lead the interpreter out of the environment.
if set -q PYTHONHOME
    set -gx _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt
    functions -c fish_prompt _old_fish_prompt
    function fish_prompt
        # The command before decides what a prompt shows: its status is handed on.
        set -l old_status $status
        printf '(%s) ' $VIRTUAL_ENV_PROMPT
        echo "exit $old_status" | source
        _old_fish_prompt
    end
    set -gx _OLD_FISH_PROMPT_OVERRIDE $VIRTUAL_ENV
end
`;
}

function forCsh(dir: string, prompt: string): string {
  return `# Source this file from csh or tcsh ("source bin/activate.csh"); running it changes nothing.

alias deactivate 'test $?_OLD_VIRTUAL_PATH != 0 && setenv PATH "$_OLD_VIRTUAL_PATH" && unset _OLD_VIRTUAL_PATH; rehash; test $?_OLD_VIRTUAL_PROMPT != 0 && set prompt="$_OLD_VIRTUAL_PROMPT" && unset _OLD_VIRTUAL_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; test "\\!:*" != "nondestructive" && unalias deactivate'

# An environment that is active already is left first.
deactivate nondestructive

setenv VIRTUAL_ENV ${cshWord(dir)}
setenv VIRTUAL_ENV_PROMPT ${cshWord(prompt)}
set _OLD_VIRTUAL_PATH="$PATH"
setenv PATH "$VIRTUAL_ENV/bin:$PATH"

if ($?prompt) then
    set _OLD_VIRTUAL_PROMPT="$prompt"
    if (! $?VIRTUAL_ENV_DISABLE_PROMPT) then
        set prompt = ${cshWord(`(${prompt}) `)}"$prompt"
    endif
endif

rehash
`;
}

/** The name in the prompt where none was asked for: the directory's, as with venv. */
export function defaultPrompt(environmentDir: string): string {
  return path.basename(environmentDir);
}

function shWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishWord(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

/** csh looks for its history character in single quotes too. */
function cshWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll('!', '\\!')}'`;
}
