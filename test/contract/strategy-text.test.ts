import { expect, test } from 'vitest';
import { PIECE_WORDS, hookText } from '../../src/contract/check-code.ts';
import { placeState, strategySymbols } from '../../src/contract/state.ts';
import { strategyFileText } from '../../src/contract/strategy-file.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';

const MINE = `# A stack of two words for each entry, in memory of its own.
# tocsin: name my-stack
# tocsin: summary pairs in thread_info
# tocsin: claim holds assuming no-stub-sibling, no-interrupt
# tocsin: state MY_SP task 8 = 0x10
#   tocsin: state MY_STACK task 500
# tocsin: state MY_CPU cpu 1
# tocsin: area caller 24 8
# tocsin: push my_push
# tocsin: pop my_pop
# tocsin: published MY_SP
        .set    ENTRY, 16
/* livepatch_return: in a comment
   # tocsin: nonsense in a comment */
livepatch_handler:
        ld      r12, PACACURRENT(r13)   # tocsin: not a line of its own
        ld      r11, MY_SP(r12); add r11, r11, r12
        std     r2, MY_STACK(r11)
        mflr    r0
        std     r0, MY_STACK+8(r11)
        subf    r11, r12, r11
        addi    r11, r11, ENTRY
        std     r11, MY_SP(r12)
        mfctr   r12
my_push: bctrl
livepatch_return: ld r12, PACACURRENT(r13)
        ld      r11, MY_SP(r12)
my_pop: addi    r11, r11, -ENTRY
        std     r11, MY_SP(r12)
        add     r11, r11, r12
        ld      r0, MY_STACK+8(r11)
        mtlr    r0
        ld      r2, MY_STACK(r11)
        blr
`;

test('a file with everything', () => {
  const strategy = parseStrategyText(MINE, 'dir/mine.s');
  const { code, ...rest } = strategy;
  expect(rest).toEqual({
    name: 'my-stack', summary: 'pairs in thread_info', origin: 'mine.s',
    claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-interrupt'] },
    state: [{ name: 'MY_SP', owner: 'task', bytes: 8, value: 16n }, { name: 'MY_STACK', owner: 'task', bytes: 500 }, { name: 'MY_CPU', owner: 'cpu', bytes: 1 }],
    areas: [{ offset: 24, bytes: 8 }], pushes: ['my_push'], pops: ['my_pop'], published: 'MY_SP',
  });
  expect(Object.keys(code)).toEqual(['livepatch_handler', 'livepatch_return']);
  // The parts put together are the file, to the byte.
  const symbols = strategySymbols(strategy);
  expect(assemble(hookText(strategy), { base: 0n, symbols }).bytes).toEqual(assemble(MINE, { base: 0n, symbols }).bytes);
  expect(code.livepatch_return?.split('\n').length).toBe(MINE.split('\n').length);
});

test('state lies one behind the other', () => {
  const placed = placeState(parseStrategyText(MINE, 'mine.s').state!);
  expect(placed.map(({ name, offset, bytes, value }) => [name, offset, bytes, value])).toEqual([
    ['MY_SP', 0x400, 8, 16n], ['MY_STACK', 0x408, 504, 0n], ['MY_CPU', 0x1000, 8, 0n],
  ]);
});

test('a built-in written out as a file is the same strategy', () => {
  const text = `# tocsin: claim holds assuming no-stub-sibling, no-unwind, no-transitions, stack-room, no-reused-stacks\n# tocsin: push livepatch_push\n# tocsin: pop livepatch_pop\n# tocsin: published TI_livepatch_sp\n${hookText(livepatchStack)}`;
  const { pops, published, claim } = livepatchStack;
  expect(parseStrategyText(text, 'Live_Patch Stack.s')).toMatchObject({ name: 'live-patch-stack', pushes: ['livepatch_push'], pops, published, claim });
});

test('defaults', () => {
  const { name, claim, summary } = parseStrategyText('livepatch_handler: mfctr r12; bctr\n', 'somewhere/Quick.Try.s');
  expect({ name, claim, summary }).toEqual({ name: 'quick-try', claim: { kind: 'holds', assuming: [] }, summary: 'strategy in Quick.Try.s' });
});

test('texts without a line end at their end are kept apart', () => {
  const strategy = parseStrategyText('livepatch_handler: mfctr r12; bctrl;livepatch_return: blr', 'mine.s');
  expect(assemble(hookText(strategy), { base: 0n }).words.length).toBe(3);
});

test('nesting is no way out of a clear message', () => {
  expect(() => parseStrategyText(`livepatch_handler: li r0, ${'('.repeat(60_000)}`, 'mine.s')).toThrow('mine.s:1:1001: a line of 60026 characters; expected at most 1000');
  expect(() => parseStrategyText(`livepatch_handler: li r0, ${'-('.repeat(480)}`, 'mine.s')).toThrow(/^mine\.s:1:/);
});

test('a piece of generated code may be as long as its bound, and the hook longer', () => {
  const nops = 'nop\n'.repeat(PIECE_WORDS);
  const { code } = parseStrategyText(`livepatch_handler:\n${nops}${nops}replacement_save:\n${nops}replacement_exit:\n${nops}replacement_early_exit:\n${nops}`, 'mine.s');
  expect(Object.keys(code)).toEqual(['livepatch_handler', 'replacement_save', 'replacement_exit', 'replacement_early_exit']);
});

const HOOK = 'livepatch_handler: mfctr r12\nbctr\n';
test('exempt code, with a reason', () => {
  const text = `# tocsin: exempt bug  3 is 3, always\n${HOOK}bug: trap\n`;
  expect(parseStrategyText(text, 'mine.s').exempt).toEqual([{ label: 'bug', reason: '3 is 3, always' }]);
});

test.each([
  ['', 'mine.s:1:1: no code point; expected at least one of the labels ftrace_entry, ftrace_entry_ool, livepatch_handler, '],
  ['other_label: blr\n', 'mine.s:1:1: a label before the first code point; expected one of the labels '],
  ['  nop\nlivepatch_handler: blr\n', 'mine.s:1:3: an instruction before the first code point; expected one of '],
  [`${HOOK}livepatch_handler: blr\n`, "mine.s:3:1: a second label 'livepatch_handler'; expected one"],
  [`${HOOK}  ld r2, 3(r1)\n`, 'mine.s:3:10: DS = 3 does not fit; expected DS within -32768..32764, a multiple of 4'],
  [`${HOOK} livepatch_return: frob r1\n`, "mine.s:3:20: unknown instruction 'frob'; expected "],
  [`${HOOK} /* open`, "mine.s:3:2: comment is not closed; expected '*/'"],
  [`# tocsin: claim holds assuming no-fra\n${HOOK}`, "mine.s:1:32: no assumption is called 'no-fra'; expected "],
  [`# tocsin: clam holds\n${HOOK}`, "mine.s:1:11: 'clam'; expected one of name, summary, origin, claim, state, area, push, pop, published"],
  [`# tocsin claim holds\n${HOOK}`, "mine.s:1:1: 'tocsin' without a colon; expected '# tocsin: ...'"],
  [`# tocsin:\n${HOOK}`, 'mine.s:1:10: nothing to declare; expected one of '],
  [`# tocsin: claim holds\n# tocsin: claim breaks toc\n${HOOK}`, "mine.s:2:17: a second 'claim'; expected one"],
  [`# tocsin: claim\n${HOOK}`, "mine.s:1:16: 'claim' without a value; expected one behind it"],
  [`# tocsin: name My Strategy\n${HOOK}`, "mine.s:1:16: 'My Strategy'; expected a name: lower case letters"],
  [`# tocsin: state A task\n${HOOK}`, "mine.s:1:17: 'A task'; expected NAME task|cpu|stack|frame BYTES [= VALUE] [inherited]"],
  [`# tocsin: state A cpu 8 inherited\n${HOOK}`, "mine.s:1:25: 'inherited' of a cpu; expected state of a task: nothing else is copied when it is forked"],
  [`# tocsin: state A task 8 = 1 inherits\n${HOOK}`, "mine.s:1:17: 'A task 8 = 1 inherits'; expected NAME task|cpu|stack|frame BYTES [= VALUE] [inherited]"],
  [`# tocsin: state A thread 8\n${HOOK}`, "mine.s:1:19: 'thread'; expected 'task', 'cpu', 'stack' or 'frame'"],
  [`# tocsin: state A frame 8 = 1\n${HOOK}`, 'mine.s:1:29: the value 1; expected none: what a frame has begins as zeros'],
  [`# tocsin: state A frame 24\n# tocsin: state B frame 16\n${HOOK}`, 'mine.s:1:17: 40 bytes of state per frame; expected at most 32'],
  [`# tocsin: recovers livepatch_handler A 8 -8\n# tocsin: state A cpu 8\n${HOOK}`, "mine.s:1:20: no cell of the task or of a frame is called 'A'; expected one of TI_livepatch_sp"],
  [`# tocsin: recovers livepatch_handler TI_livepatch_sp 24\n${HOOK}`, "mine.s:1:20: 'recovers livepatch_handler TI_livepatch_sp 24'; expected a label, a cell of the task, bytes of an entry (8 to 512) and an offset from its end (a multiple of 8, -512 to -8)"],
  [`# tocsin: recovers nowhere TI_livepatch_sp 24 -16\n${HOOK}`, "mine.s:1:20: no label 'nowhere' in the hook; expected a label of livepatch_handler or livepatch_return"],
  [`# tocsin: recovers livepatch_handler PACATOC 24 -16\n${HOOK}`, "mine.s:1:20: no cell of the task or of a frame is called 'PACATOC'; expected one of TI_livepatch_sp"],
  [`# tocsin: state A task 3073\n${HOOK}`, 'mine.s:1:24: 3073 bytes; expected 1 to 3072'],
  [`# tocsin: state A cpu 8193\n${HOOK}`, 'mine.s:1:23: 8193 bytes; expected 1 to 8192'],
  [`# tocsin: state A stack 505\n${HOOK}`, 'mine.s:1:25: 505 bytes; expected 1 to 504'],
  [`# tocsin: state A frame 0\n${HOOK}`, 'mine.s:1:25: 0 bytes; expected 1 to 32'],
  [`# tocsin: state A task 8 = 0x10000000000000000\n${HOOK}`, 'mine.s:1:28: the value 0x10000000000000000; expected at most 64 bits'],
  [`# tocsin: state r7 task 8\n${HOOK}`, "mine.s:1:17: 'r7' is a register; expected another name"],
  [`# tocsin: state PACATOC cpu 8\n${HOOK}`, "mine.s:1:17: 'PACATOC' is already defined; expected a new name"],
  [`# tocsin: area 24 8\n${HOOK}`, "mine.s:1:16: '24 8'; expected caller OFFSET BYTES"],
  [`# tocsin: push gone\n# tocsin: pop gone\n${HOOK}`, "mine.s:1:16: no label 'gone' in the hook; expected a label of "],
  [`# tocsin: push livepatch_handler\n${HOOK}`, 'mine.s:1:16: only one of pushes and pops; expected both, or neither'],
  [`# tocsin: exempt\n${HOOK}`, 'mine.s:1:17: no label; expected LABEL REASON'],
  [`# tocsin: exempt livepatch_handler\n${HOOK}`, "mine.s:1:18: 'livepatch_handler'; expected LABEL REASON"],
  [`# tocsin: exempt gone never\n${HOOK}`, "mine.s:1:18: no label 'gone' in the code; expected a label of the strategy's own"],
  [`# tocsin: exempt livepatch_handler x\n# tocsin: exempt livepatch_handler y\n${HOOK}`, "mine.s:2:18: 'livepatch_handler' named twice; expected each label once"],
  [`# tocsin: published SP\n${HOOK}`, "mine.s:1:21: no cell is called 'SP'; expected one of TI_livepatch_sp"],
  ['replacement_entry: nop\n nop\n nop\nreplacement_local_entry: nop\n',
    'mine.s:4:1: replacement_local_entry lies 12 bytes behind replacement_entry; expected 4, 8, 16, 32, 64 (ELFv2, st_other)'],
  ['replacement_entry: nop\n', "mine.s:1:1: no label 'replacement_local_entry' in the text of replacement_entry; expected a line 'replacement_local_entry:'"],
  [`${HOOK}# .. and at its exits\n  replacement_exit:\n .skip 128\n nop\n`, 'mine.s:4:3: replacement_exit has 33 words of code; expected at most 32 in generated code'],
  [`${HOOK}replacement_save: .skip 132\n`, 'mine.s:3:1: replacement_save has 33 words of code; expected at most 32 in generated code'],
  ['traced_global_entry: nop\n', 'mine.s:1:1: traced_global_entry has 1 instructions; expected 2'],
  [`${HOOK}klp_callback: nop\n`, "mine.s:1:1: 'klp_callback' is a label of the kernel; expected another name"],
  [`${HOOK} .skip 8192\n`, 'mine.s:1:1: 8200 bytes of code; expected at most 4096'],
])('%j', (text, message) => {
  expect(() => parseStrategyText(text, 'mine.s')).toThrow(message);
});

test('what a forked task inherits is in the file that is written of a strategy', () => {
  const read = parseStrategyText(`# tocsin: state A task 8 = 0x10 inherited\n# tocsin: state B task 16 inherited\n# tocsin: state C task 8\n${HOOK}`, 'mine.s');
  expect(read.state?.map(({ inherited }) => inherited)).toEqual([true, true, undefined]);
  expect(parseStrategyText(strategyFileText(read), 'again.s').state).toEqual(read.state);
});
