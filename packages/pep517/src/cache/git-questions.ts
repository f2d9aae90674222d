// What a build asked git, by the words of each call: the commit and its tags, all refs, the configuration, or a time that
// is relative to the present.

const relativeTime = /^--(since|until|after|before|relative-date)|^--date=(relative|human)|%[ac]r/;
const ofCommit =
  /^(describe|log|show|rev-parse|rev-list|ls-files|ls-tree|diff|diff-index|diff-files|diff-tree|status|cat-file|archive|symbolic-ref|tag|blame|shortlog|version|help|grep|update-index|hash-object|var|submodule|merge-base|add|init|commit|count-objects|fsck|worktree|rm|mv|apply|checkout|reset|restore|clean)$/;
const asksEveryRef = /^--(all|branches|remotes|glob|contains|merged|points-at|show-current-patch)|@\{|^refs\//;
const asksConfiguration =
  /^(config|remote|check-attr|check-ignore|var|ls-remote|credential|submodule|fetch|pull|push|clone)$/;
const asksIgnored = /^(--ignored.*|--others|-o|-i|--exclude.*|--untracked-files=(all|normal)|-u|-uall|-unormal)$/;

/** Whether the answer depends on the time. */
export function asksForTime(words: readonly string[]): boolean {
  return words.some((word) => relativeTime.test(word));
}

/** Whether it may depend on other refs than the commit and the tags. */
export function asksAllRefs(words: readonly string[]): boolean {
  const { command, rest } = parts(words);
  if (command !== undefined && !ofCommit.test(command)) return true;
  if (words.some((word) => asksEveryRef.test(word))) return true;
  // A word that is not an option may name a branch: HEAD and commits do not, and files have an extension or a directory.
  const end = rest.indexOf('--');
  return rest
    .slice(0, end === -1 ? undefined : end)
    .some(
      (word) => !/^-|^\^?HEAD|^\^?[0-9a-f]{7,64}$|^[.:]|[*/.]|^$/.test(word) && !/^(commit|tree|blob|tag)$/.test(word),
    );
}

/** Whether it may depend on the configuration of the repository, the user, and the system. */
export function usesConfiguration(words: readonly string[]): boolean {
  const { command = '', rest } = parts(words);
  if (asksConfiguration.test(command)) return true;
  if (command === 'status') return !rest.some((word) => /^(-uno|--untracked-files=no)$/.test(word));
  return command === 'ls-files' && rest.some((word) => asksIgnored.test(word));
}

/** The command behind the options of git itself. */
function parts(words: readonly string[]): { readonly command: string | undefined; readonly rest: readonly string[] } {
  let at = 0;
  while (at < words.length && words[at]!.startsWith('-'))
    at += /^(-C|-c|--git-dir|--work-tree|--namespace)$/.test(words[at]!) ? 2 : 1;
  return { command: words[at], rest: words.slice(at + 1) };
}
