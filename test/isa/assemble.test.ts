import { describe, expect, it } from 'vitest';
import { AssemblyError, assemble } from '../../src/isa/assemble.ts';
import { refusal } from '../refusal.ts';

const words = (source: string, symbols: Record<string, bigint> = {}): string[] =>
  [...assemble(source, { base: 0xc000000000001000n, symbols }).words].map((word) => word.toString(16));

describe('words', () => {
  // Encodings as GNU as 2.40 makes them; all of the table is compared with it in test/verify.
  it.each([
    ['ld r2,24(r1)', 'e8410018'],
    ['std %r2,24(%r1)', 'f8410018'],
    ['std 2,24(1)', 'f8410018'],
    ['nop', '60000000'],
    ['blr', '4e800020'],
    ['bctrl', '4e800421'],
    ['mflr r0', '7c0802a6'],
    ['mtcrf 128,r3', '7c780120'],
    ['bne+ cr7,.+8', '40fe0008'],
    ['bdnz- .-4', '4300fffc'],
    ['tdne r12,r11', '7f0c5888'],
    ['lis r3,0x8000', '3c608000'],
    ['li r3,0xffff8000', '38608000'],
    ['cmpldi cr1,r3,-1', '28a3ffff'],
    ['rlwinm r3,r4,0,0xff', '5483063e'],
    ["li r3,'a'", '38600061'],
    ['li r3,2+3*4', '3860000e'],
    // GAS: shifts bind like products, and | & ^ tighter than + and -.
    ['li r3,1+2|4', '38600007'],
    ['li r3,010 + 0b11', '3860000b'],
  ])('%s', (source, word) => expect(words(source)).toEqual([word]));

  it('labels, numeric ones too, forwards and backwards', () =>
    expect(words('f: b 1f; 1: b 1b; 1: b 1b; b f')).toEqual(['48000004', '48000000', '48000000', '4bfffff4']));
  it('symbols of the caller as numbers and as targets', () =>
    expect(words('ld r3,OFF(r13); bl far', { OFF: 40n, far: 0xc000000000001104n })).toEqual(['e86d0028', '48000101']));
  it('halves of an address', () =>
    expect(words('lis r3,s@highest; ori r3,r3,s@higher; oris r3,r3,s@high; ori r3,r3,s@l', { s: 0xc00080018002fffcn }))
      .toEqual(['3c60c000', '60638001', '64638002', '6063fffc']));
  it('the TOC of a global entry point', () =>
    expect(words('0: addis r2,r12,(.TOC.-0b)@ha; addi r2,r2,(.TOC.-0b)@l', { '.TOC.': 0xc000000000019000n }))
      .toEqual(['3c4c0002', '38428000']));
  it('.set before and after its use', () => expect(words('.set a,1; li r3,a; a = 2; li r3,a; li r3,b; b = a+7')).toEqual(['38600001', '38600002', '38600009']));
  it('data', () => expect(words('.byte 1,2; .short 0x304; .quad here; here: .asciz "abc"'))
    .toEqual(['3040201', '100c', 'c0000000', '636261']));
  it('alignment in code is no-ops, the last one ending a group', () =>
    expect(words('nop; .balign 16')).toEqual(['60000000', '60000000', '60000000', '60420000']));
  it('comments and ignored directives', () =>
    expect(words('.globl f // one\nf: /* two\n lines */ nop # three\n.type f,@function; .size f,.-f')).toEqual(['60000000']));

  it('does not wrap a branch to another 4 GiB', () =>
    expect(() => words('b far', { far: 0xc000000100000000n })).toThrow('target at distance 4294963200 does not fit'));

  it('tells labels and lines', () => {
    const { labels, lines, bytes } = assemble('a: nop\n\nb:\n nop; nop\n .byte 1', { base: 0x100n });
    expect([...labels]).toEqual([['a', 0x100n], ['b', 0x104n]]);
    expect(lines).toEqual([1, 4, 4, 5]);
    expect(bytes.length).toBe(13);
  });
});

describe('errors are one line with place and expectation', () => {
  const message = (source: string): string | undefined => refusal(AssemblyError, () => assemble(source, { base: 0x1000n, file: 'mine.s' }));
  it.each([
    ['nop\n  frobnicate r3', "mine.s:2:3: unknown instruction 'frobnicate'; expected an instruction of the modelled subset"],
    ['ld r3,6(r1)', 'mine.s:1:7: DS = 6 does not fit; expected DS within -32768..32764, a multiple of 4'],
    ['li r3,40000', 'mine.s:1:7: SI = 40000 does not fit; expected SI within -32768..32767'],
    ['ld r3,8(r32)', 'mine.s:1:9: RA = 32 does not fit; expected a general register r0 to r31'],
    ['addi r3,r4,r5', "mine.s:1:12: found 'r5'; expected SI within -32768..32767"],
    ['add r3,r4', 'mine.s:1:1: add with 2 operands; expected RT,RA,RB'],
    ['mr r3,cr1', "mine.s:1:7: found 'cr1'; expected a general register r0 to r31"],
    ['b nowhere', "mine.s:1:3: undefined symbol 'nowhere'; expected a label, a .set or a symbol of the caller"],
    ['b 1f', "mine.s:1:3: no label '1:' after this place; expected '1:'"],
    ['nop; beq .+0x8000', 'mine.s:1:10: target at distance 32768 does not fit; expected a target within -32768..32764 bytes of the instruction, a multiple of 4'],
    ['a: nop\na: nop', "mine.s:2:1: 'a' is already defined; expected a new name"],
    ['lwzu r3,0(r3)', 'mine.s:1:1: lwzu r3,0(r3) is an invalid form; expected RA other than r0 and other than the target'],
    ['bcctr 16,0', 'mine.s:1:1: bcctr 16,0 is an invalid form; expected a BO without reserved bits; bcctr may not decrement CTR'],
    ['bc 13,2,.+8', 'mine.s:1:1: bc 13,2,.+8 is an invalid form; expected a BO without reserved bits; bcctr may not decrement CTR'],
    ['mtspr 100,r3', 'mine.s:1:1: mtspr 100,r3 is an invalid form; expected a modelled special purpose register'],
    ['.macro x', "mine.s:1:1: unknown directive '.macro'; expected data, alignment, .set, or one without effect such as .globl"],
    ['.section .data', "mine.s:1:1: section '.data'; expected .text"],
    ['.byte 300', 'mine.s:1:7: 300 does not fit; expected 8 bits'],
    ['.byte 1; nop', 'mine.s:1:10: instruction at an address that is not a multiple of 4; expected .balign 4 before it'],
    ['li r3,(1+2', "mine.s:1:11: end of statement; expected ')'"],
    ['li r3,1 2', "mine.s:1:9: found '2'; expected end of statement"],
    ['li r3,x@foo', "mine.s:1:8: unknown suffix '@foo'; expected @l @h @high @ha @higha @higher @highera @highest @highesta"],
    ['x = x+1; li r3,x', "mine.s:1:5: undefined symbol 'x'; expected a label, a .set or a symbol of the caller"],
    ['a: li r3,a*2', "mine.s:1:11: '*' of an address; expected numbers"],
    ['nop /* and', "mine.s:1:5: comment is not closed; expected '*/'"],
    ['rlwinm r3,r4,0,5', 'mine.s:1:1: rlwinm with these operands has no encoding; expected bits that rlwinm can select'],
  ])('%s', (source, expected) => expect(message(source)).toBe(expected));
});

it('the same text once more has the same word only where no symbol and no place stands in it', () => {
  const word = (text: string, base: bigint, symbols: Record<string, bigint> = {}): number => assemble(text, { base, symbols }).words.at(-1)!;
  const source = 'a: addi r3, r4, SIZE\n';
  expect([word(source, 0n, { SIZE: 8n }), word(source, 0n, { SIZE: 16n }), word(source, 0n, { SIZE: 8n })].map((it) => it & 0xffff)).toEqual([8, 16, 8]);
  expect([word('b there', 0n, { there: 64n }), word('b there', 32n, { there: 64n })].map((it) => it & 0xffff)).toEqual([64, 32]);
  expect([word('nop; 1: b 1b', 0n), word('1: nop; b 1b', 0n)].map((it) => it & 0xffff)).toEqual([0, 0xfffc]);
  expect([word('b .-16', 64n), word('b .-16', 64n), word('lis r3, (.+0x10000)@h', 0n), word('lis r3, (.+0x10000)@h', 0x20000n)].map((it) => it & 0xffff)).toEqual([0xfff0, 0xfff0, 1, 3]);
  expect([word('std r2, -24(r11)', 0n), word('nop; std r2, -24(r11)', 64n)]).toEqual([0xf84bffe8, 0xf84bffe8]);
  // What it may stand behind is asked each time, and lines are its own.
  expect(() => assemble('.byte 1\n std r2, -24(r11)', { base: 0n })).toThrow('not a multiple of 4');
  expect(assemble('\n nop\n\n nop', { base: 0n }).lines).toEqual([2, 4]);
});
