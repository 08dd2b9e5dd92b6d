import { describe, expect, it } from 'vitest';
import { verifyBinutils, verifySources } from '../../src/verify/binutils.ts';
import { missingTools } from './tools.ts';

describe('against GNU as and objdump', () => {
  it('agrees on the table, its extended mnemonics and random words', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const result = verifyBinutils({ seed: 1, perInstruction: 10, words: 5_000 });
    expect(result.differences).toEqual([]);
    expect(result.differed).toBe(0);
    expect(result.compared).toBeGreaterThan(20_000);
  });

  it('agrees on whole sources, byte for byte', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const result = verifySources([
      {
        name: 'handler', symbols: { OFFSET: 8n, MAGIC: 0x57ac6e9dn },
        addresses: { helper: 0xc000000000012000n, '.TOC.': 0xc000000000998000n },
        source: `
        .globl handler
        .type handler,@function
        handler:
        0:      addis r2,r12,(.TOC.-0b)@ha
                addi r2,r2,(.TOC.-0b)@l
                mflr r0 ; std r0,16(r1) /* LR save */
                ld r11,OFFSET(%r12)
                lis r3,MAGIC@h
                ori r3,r3,MAGIC@l
                addi r11,r11,3*8
                cmpdi cr7,r11,-(OFFSET+1)
                bne- cr7,1f
                bl helper
                nop
        1:      ld 2,24(1)
                beq 1b
                bdnz+ 0b
                bctrl
                blr
                .size handler,.-handler`,
      },
      {
        name: 'expressions', symbols: {},
        source: `
        .set two, 2
        four = two+two
        li r3,1+2|4
        li r3,1<<two*four
        li r3,7-3-2
        li r3,-7/2
        li r3,-7%4
        li r3,~5&0xff^3
        li r3,(0x12345678>>16)&0xffff
        lis r4,0xffff8000@ha
        li r4,0x18000@l
        li r4,(end-start)
        start: .quad start, end-start, -1
        .long 0x80000000, 'a'
        .short -2, 65535
        .byte 1, 2, 3
        .ascii "a;b#c\\n\\101"
        .p2align 3
        .balign 64
        end: nop
        .balign 8
        nop
        .balign 16
        .space 8, 0xff
        .byte 7
        .balign 32
        nop
        later = four*4
        li r5, later`,
      },
      ...[4, 8, 12, 16, 20, 24, 60].map((used) => ({
        name: `padding after ${used}`, symbols: {}, source: `.rept_ = 0\n${'nop\n'.repeat(used / 4)}.balign 64\nblr`,
      })),
    ]);
    expect(result.differences).toEqual([]);
    expect(result.compared).toBeGreaterThan(100);
  });
});
