// What keeps pip out of an environment whose packages are shared with others. pip reads `pip.conf` of the environment it
// works in, whatever its other options, and prints the value of an option that it cannot understand: so that value is the
// sentence people get to see. Reading commands of pip are not touched.

/** The name of the file, in a generation and at the top of the environment. */
export const pipGuardName = 'pip.conf';

const sentence =
  'No: the packages of this environment are shared with others. Use "ww install" and "ww uninstall", or make it own with "ww venv --export"';

/** The text of the file. */
export const pipGuard = `# Made by wheelwright. What pip wrote here would be in other environments too.
[install]
user = ${sentence}. What follows is from pip: this
[uninstall]
yes = ${sentence}. What follows is from pip: this
`;
