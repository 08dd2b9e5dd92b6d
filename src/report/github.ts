/** Annotations as workflow commands of GitHub Actions (`::error title=..::..`), one line each. */
import type { ChecksView } from './checks.ts';
import { isBad, replayHint } from './checks.ts';

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export function githubLines(view: ChecksView): string[] {
  return view.checks.filter(isBad).map((check) => {
    const hint = replayHint(check);
    const message = [check.message, ...(hint === undefined ? [] : [hint])].join('\n');
    const where = check.file === undefined ? '' : `file=${property(check.file)},line=1,`;
    return `::error ${where}title=${property(`tocsin: ${check.name}`)}::${data(message)}`;
  });
}
