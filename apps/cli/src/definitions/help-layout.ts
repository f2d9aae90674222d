// How a help text is laid out: it follows the width of the terminal, and what has no room beside its option is below it.
import { Help, type HelpConfiguration } from './options.ts';

/** A description narrower than this is put below what it describes. */
const leastDescription = 36;

/** The width of help texts: that of the terminal, else `COLUMNS`, else 80. */
export function helpWidth(): number {
  const stated = Number(process.env.COLUMNS);
  return process.stdout.columns ?? (stated > 0 ? stated : 80);
}

/** The layout, as commander takes it. */
export const helpLayout: HelpConfiguration = {
  sortSubcommands: false,
  showGlobalOptions: false,
  minWidthToWrap: 10,

  /** Short terms decide: a few long ones do not push all descriptions to the right. */
  padWidth(command, helper) {
    const widest = Help.prototype.padWidth.call(helper, command, helper);
    return Math.min(widest, Math.max(14, Math.floor((helper.helpWidth ?? 80) * 0.36)));
  },

  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? 80;
    if (description === '') return `  ${term}`;
    const beside = width - termWidth - 4;
    if (beside < leastDescription) return below(`  ${term}`, 6, description, helper, width);
    if (helper.displayWidth(term) > termWidth) return below(`  ${term}`, termWidth + 4, description, helper, width);
    const lines = helper.boxWrap(description, beside).split('\n');
    return `  ${term.padEnd(termWidth)}  ${lines.join(`\n${' '.repeat(termWidth + 4)}`)}`;
  },
};

function below(head: string, indent: number, description: string, helper: Help, width: number): string {
  const lines = helper.boxWrap(description, Math.max(10, width - indent)).split('\n');
  return [head, ...lines.map((line) => `${' '.repeat(indent)}${line}`)].join('\n');
}
