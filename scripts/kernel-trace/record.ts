/** Writes test/verify/recorded/kernel-6.1.json from what record.sh has left in a folder: `npx jiti scripts/kernel-trace/record.ts FOLDER`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsOfLog } from '../../src/verify/kernel-trace.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('expected the folder of record.sh');
const places = JSON.parse(readFileSync(join(folder, 'places.json'), 'utf8')) as Record<'version' | 'compiler' | 'qemu' | 'ftrace' | 'handler' | 'call' | 'return', string>;
const at = (name: 'ftrace' | 'handler' | 'call' | 'return'): bigint => BigInt(`0x${places[name]}`);
const events = eventsOfLog(readFileSync(join(folder, 'trace.log'), 'latin1'), { ftrace: at('ftrace'), handler: at('handler'), call: at('call'), return: at('return') });
const rows = events.map((event) => `    ${JSON.stringify({ at: event.at, registers: Object.fromEntries(Object.entries(event.registers).map(([name, value]) => [name, value.toString(16)])) })}`);
const made = { kernel: places.version, compiler: places.compiler, emulator: places.qemu, by: 'scripts/kernel-trace' };
writeFileSync(new URL('../../test/verify/recorded/kernel-6.1.json', import.meta.url), `{\n  "made": ${JSON.stringify(made)},\n  "events": [\n${rows.join(',\n')}\n  ]\n}\n`);
