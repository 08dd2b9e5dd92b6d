/** Logs of guests as text, so that one can be kept in the repository and compared with the model where nothing is installed: of each record the doublewords that differ from the record before. */
import { LogError } from './log.ts';
import type { Record_ } from './log.ts';
import { RECORD } from './records.ts';

/** `INDEX:VALUE` in hexadecimal, a record a line. */
export function encodeRecords(records: readonly Record_[]): string[] {
  let before: Record_ = new BigUint64Array(RECORD.DOUBLEWORDS);
  return records.map((record) => {
    const words = [...record].flatMap((value, i) => (value === before[i] ? [] : [`${i.toString(16)}:${value.toString(16)}`]));
    before = record;
    return words.join(' ');
  });
}

/** @throws LogError for a line that is none of these. */
export function decodeRecords(lines: readonly string[]): Record_[] {
  let before: Record_ = new BigUint64Array(RECORD.DOUBLEWORDS);
  return lines.map((line, at) => {
    const record = before.slice();
    for (const word of line.split(' ')) {
      const match = /^([0-9a-f]{1,2}):([0-9a-f]{1,16})$/.exec(word), index = Number.parseInt(match?.[1] ?? '', 16);
      if (match === null || index >= RECORD.DOUBLEWORDS) throw new LogError(`line ${at + 1}: ${JSON.stringify(word.slice(0, 40))}; expected INDEX:VALUE in hexadecimal, index below ${RECORD.DOUBLEWORDS.toString(16)}`);
      record[index] = BigInt(`0x${match[2]!}`);
    }
    before = record;
    return record;
  });
}
