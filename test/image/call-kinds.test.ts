// The text of each call kind, as the table of src/scenario/call-kinds.ts has it; the shapes are those of machine code that gcc and the module loader make.
import { expect, test } from 'vitest';
import { callText, excerpt, lowered } from './built.ts';

test('local: bl to the local entry, nothing behind it', () => {
  expect(callText(lowered('A:M -> 1 local B\nB:M args 2'), 1)).toMatchInlineSnapshot(`
    "c000000010000124:  398093ff  li      r12,-27649                  # call sequence 1 (local)
    c000000010000128:  386d2010  addi    r3,r13,8208
    c00000001000012c:  388d2011  addi    r4,r13,8209
    c000000010000130:  480000d9  bl      c000000010000208 <f1+0x8 [M]> # call 1 (local)
    c000000010000134:  7c691b78  mr      r9,r3                       # land resume 1 (local)"
  `);
});

test('global: bl to a stub, then the reload', () => {
  expect(callText(lowered('A:M -> 1 global B\nB:N'), 1)).toMatchInlineSnapshot(`
    "c000000010000124:  398093ff  li      r12,-27649                  # call sequence 1 (global)
    c000000010000128:  48000079  bl      c0000000100001a0 <stub.f1 [M]> # call 1 (global)
    c00000001000012c:  e8410018  ld      r2,24(r1)                   # land 1 (global)
    c000000010000130:  7c691b78  mr      r9,r3                       # resume 1 (global)"
  `);
});

test('indirect: the caller saves r2 itself; r12 is the pointer', () => {
  expect(callText(lowered('A:K -> 1 indirect B\nB:N'), 1)).toMatchInlineSnapshot(`
    "c000000000020124:  398093ff  li      r12,-27649                  # call sequence 1 (indirect)
    c000000000020128:  f8410018  std     r2,24(r1)
    c00000000002012c:  3d820000  addis   r12,r2,0                    # toc use K
    c000000000020130:  e98c9008  ld      r12,-28664(r12)
    c000000000020134:  7d8903a6  mtctr   r12
    c000000000020138:  4e800421  bctrl                               # call 1 (indirect)
    c00000000002013c:  e8410018  ld      r2,24(r1)                   # land 1 (indirect)
    c000000000020140:  7c691b78  mr      r9,r3                       # resume 1 (indirect)"
  `);
});

test('indirect with a hoisted slot: stored once in the prologue', () => {
  const program = lowered('A:M hoisted -> 1 local B, 2 indirect B\nB:M');
  expect(excerpt(program, 'f0', 4, 5)).toMatchInlineSnapshot(`
    "c000000010000110:  7c0802a6  mflr    r0
    c000000010000114:  f8010010  std     r0,16(r1)
    c000000010000118:  f821ffd1  stdu    r1,-48(r1)
    c00000001000011c:  f8410018  std     r2,24(r1)
    c000000010000120:  3d620000  addis   r11,r2,0                    # toc use M"
  `);
  expect(callText(program, 2)).toMatchInlineSnapshot(`
    "c00000001000013c:  398093ff  li      r12,-27649                  # call sequence 2 (indirect)
    c000000010000140:  3d820000  addis   r12,r2,0                    # toc use M
    c000000010000144:  e98c9008  ld      r12,-28664(r12)
    c000000010000148:  7d8903a6  mtctr   r12
    c00000001000014c:  4e800421  bctrl                               # call 2 (indirect)
    c000000010000150:  e8410018  ld      r2,24(r1)                   # land 2 (indirect)
    c000000010000154:  7c691b78  mr      r9,r3                       # resume 2 (indirect)"
  `);
});

test('sibling: epilogue, then b to the local entry', () => {
  expect(callText(lowered('A:M saves 1 -> 1 sibling B\nB:M'), 1)).toMatchInlineSnapshot(`
    "c000000010000140:  398093ff  li      r12,-27649                  # call sequence 1 (sibling)
    c000000010000144:  38210040  addi    r1,r1,64
    c000000010000148:  e8010010  ld      r0,16(r1)
    c00000001000014c:  81810008  lwz     r12,8(r1)
    c000000010000150:  ebe1ffe8  ld      r31,-24(r1)
    c000000010000154:  7d838120  mtcrf   56,r12
    c000000010000158:  7c0803a6  mtlr    r0
    c00000001000015c:  480000ac  b       c000000010000208 <f1+0x8 [M]> # sibling 1 (sibling)"
  `);
});

test('stub sibling out of a replacement: the stub stores to the slot of the caller\'s caller', () => {
  expect(callText(lowered('A:M -> 1 local B\nB:M patched -> 2 stub-sibling C\nC:K'), 2)).toMatchInlineSnapshot(`
    "c000000010400124:  398093ff  li      r12,-27649                  # call sequence 2 (stub-sibling)
    c000000010400128:  38210030  addi    r1,r1,48
    c00000001040012c:  e8010010  ld      r0,16(r1)
    c000000010400130:  7c0803a6  mtlr    r0
    c000000010400134:  4800000c  b       c000000010400140 <stub.f2 [P]> # sibling 2 (stub-sibling)"
  `);
});

test('a replacement calls itself by its own local entry', () => {
  const program = lowered('A:M -> 1 local B\nB:M patched -> 2 local self x3');
  expect(excerpt(program, "f1'", 9, 18)).toMatchInlineSnapshot(`
    "c000000010400124:  e96d0908  ld      r11,2312(r13)
    c000000010400128:  e98b1000  ld      r12,4096(r11)
    c00000001040012c:  2c2c0000  cmpdi   r12,0
    c000000010400130:  41820018  beq     c000000010400148 <f1'+0x48 [P]>
    c000000010400134:  398cffff  addi    r12,r12,-1
    c000000010400138:  f98b1000  std     r12,4096(r11)
    c00000001040013c:  398093ff  li      r12,-27649                  # call sequence 2 (local)
    c000000010400140:  4bffffc9  bl      c000000010400108 <f1'+0x8 [P]> # call 2 (local)
    c000000010400144:  7c691b78  mr      r9,r3                       # land resume 2 (local)
    c000000010400148:  3d620000  addis   r11,r2,0                    # toc use P
    c00000001040014c:  e96b8020  ld      r11,-32736(r11)
    c000000010400150:  386d1008  addi    r3,r13,4104
    c000000010400154:  388d1009  addi    r4,r13,4105
    c000000010400158:  38210030  addi    r1,r1,48
    c00000001040015c:  e8010010  ld      r0,16(r1)
    c000000010400160:  7c0803a6  mtlr    r0
    c000000010400164:  38009fff  li      r0,-24577
    c000000010400168:  90010008  stw     r0,8(r1)"
  `);
});

test('stack arguments go to the parameter save area of the caller\'s frame', () => {
  expect(callText(lowered('A:M -> 1 local B\nB:M args 10'), 1)).toMatchInlineSnapshot(`
    "c000000010000124:  398093ff  li      r12,-27649                  # call sequence 1 (local)
    c000000010000128:  386d2010  addi    r3,r13,8208
    c00000001000012c:  388d2011  addi    r4,r13,8209
    c000000010000130:  38ad2012  addi    r5,r13,8210
    c000000010000134:  38cd2013  addi    r6,r13,8211
    c000000010000138:  38ed2014  addi    r7,r13,8212
    c00000001000013c:  390d2015  addi    r8,r13,8213
    c000000010000140:  392d2016  addi    r9,r13,8214
    c000000010000144:  394d2017  addi    r10,r13,8215
    c000000010000148:  380d2018  addi    r0,r13,8216
    c00000001000014c:  f8010060  std     r0,96(r1)
    c000000010000150:  380d2019  addi    r0,r13,8217
    c000000010000154:  f8010068  std     r0,104(r1)
    c000000010000158:  480000b1  bl      c000000010000208 <f1+0x8 [M]> # call 1 (local)
    c00000001000015c:  7c691b78  mr      r9,r3                       # land resume 1 (local)"
  `);
});

test('a limited sibling site returns when its counter is used up', () => {
  const program = lowered('A:M -> 1 sibling A x2');
  expect(excerpt(program, 'f0', 9, 18)).toMatchInlineSnapshot(`
    "c000000010000124:  e96d0908  ld      r11,2312(r13)
    c000000010000128:  e98b1000  ld      r12,4096(r11)
    c00000001000012c:  2c2c0000  cmpdi   r12,0
    c000000010000130:  41820020  beq     c000000010000150 <f0+0x50 [M]>
    c000000010000134:  398cffff  addi    r12,r12,-1
    c000000010000138:  f98b1000  std     r12,4096(r11)
    c00000001000013c:  398093ff  li      r12,-27649                  # call sequence 1 (sibling)
    c000000010000140:  38210030  addi    r1,r1,48
    c000000010000144:  e8010010  ld      r0,16(r1)
    c000000010000148:  7c0803a6  mtlr    r0
    c00000001000014c:  4bffffbc  b       c000000010000108 <f0+0x8 [M]> # sibling 1 (sibling)
    c000000010000150:  386d1000  addi    r3,r13,4096
    c000000010000154:  388d1001  addi    r4,r13,4097
    c000000010000158:  38210030  addi    r1,r1,48
    c00000001000015c:  e8010010  ld      r0,16(r1)
    c000000010000160:  7c0803a6  mtlr    r0
    c000000010000164:  38009fff  li      r0,-24577
    c000000010000168:  90010008  stw     r0,8(r1)"
  `);
});
