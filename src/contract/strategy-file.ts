/** A strategy as an assembly file, which strategy-text.ts reads back: so that a mutant, or an object's code, can be looked at, replayed, and go through GNU as. */
import { claimText } from './claim-text.ts';
import { CODE_POINTS } from './strategy.ts';
import type { Strategy } from './strategy.ts';
import { parseSource, sourceText } from '../isa/parse.ts';

const MOST = 200;
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, MOST);

/** The text of the file; its code and declarations have the strategy's hash. */
export function strategyFileText(strategy: Strategy): string {
  const { name, summary, origin, claim, code, state = [], areas = [], pushes = [], pops = [], exempt = [], published, recovers } = strategy;
  const lines = [
    `name ${name}`, `summary ${oneLine(summary)}`, ...(oneLine(origin) === '' ? [] : [`origin ${oneLine(origin)}`]), `claim ${claimText(claim)}`,
    ...state.map((it) => `state ${it.name} ${it.owner} ${it.bytes}${it.value === undefined ? '' : ` = 0x${it.value.toString(16)}`}${it.inherited === true ? ' inherited' : ''}`),
    ...areas.map((it) => `area caller ${it.offset} ${it.bytes}`),
    ...pushes.map((it) => `push ${it}`), ...pops.map((it) => `pop ${it}`),
    ...exempt.map((it) => `exempt ${it.label} ${it.reason}`),
    ...(published === undefined ? [] : [`published ${published}`]),
    ...(recovers === undefined ? [] : [`recovers ${recovers.label} ${recovers.cell} ${recovers.bytes} ${recovers.offset}`]),
  ];
  // Without comments: those of a strategy that was a file are declarations already.
  const texts = CODE_POINTS.flatMap((point) => (code[point] === undefined ? [] : [sourceText(parseSource(code[point], point))]));
  return `${lines.map((it) => `# tocsin: ${it}\n`).join('')}\n${texts.join('\n')}`;
}
