// The text of function versions, and of a strategy's pieces in them.
import { describe, expect, test } from 'vitest';
import { POINT } from '../../src/image/points.ts';
import { excerpt, lowered, space, versionNamed } from './built.ts';

describe('bodies', () => {
  test('a leaf in the protected zone makes no frame; its second result comes out of the zone', () => {
    expect(excerpt(lowered('A:M -> local B\nB:M zone'), 'f1')).toMatchInlineSnapshot(`
      "c000000010000200:  e84cfff8  ld      r2,-8(r12)                  # entry global f1
      c000000010000204:  7c426214  add     r2,r2,r12
      c000000010000208:  7c0802a6  mflr    r0                          # entry local f1
      c00000001000020c:  60000000  nop
      c000000010000210:  3d620000  addis   r11,r2,0                    # toc use M
      c000000010000214:  e96b8010  ld      r11,-32752(r11)
      c000000010000218:  396d1005  addi    r11,r13,4101
      c00000001000021c:  f961ffe8  std     r11,-24(r1)
      c000000010000220:  f961fee8  std     r11,-280(r1)
      c000000010000224:  f961fee0  std     r11,-288(r1)
      c000000010000228:  60000000  nop
      c00000001000022c:  e881ffe8  ld      r4,-24(r1)
      c000000010000230:  e941fee8  ld      r10,-280(r1)
      c000000010000234:  7c845278  xor     r4,r4,r10
      c000000010000238:  e941fee0  ld      r10,-288(r1)
      c00000001000023c:  7c845278  xor     r4,r4,r10
      c000000010000240:  386d1004  addi    r3,r13,4100
      c000000010000244:  38009fff  li      r0,-24577
      c000000010000248:  90010008  stw     r0,8(r1)
      c00000001000024c:  f8010010  std     r0,16(r1)
      c000000010000250:  f801ffe0  std     r0,-32(r1)
      c000000010000254:  f801fee0  std     r0,-288(r1)
      c000000010000258:  f801fed0  std     r0,-304(r1)
      c00000001000025c:  7c0903a6  mtctr   r0
      c000000010000260:  7c0103a6  mtxer   r0
      c000000010000264:  7c0c7120  mtcrf   199,r0
      c000000010000268:  38a09aff  li      r5,-25857
      c00000001000026c:  38c099ff  li      r6,-26113
      c000000010000270:  38e098ff  li      r7,-26369
      c000000010000274:  390097ff  li      r8,-26625
      c000000010000278:  392096ff  li      r9,-26881
      c00000001000027c:  394095ff  li      r10,-27137
      c000000010000280:  396094ff  li      r11,-27393
      c000000010000284:  398093ff  li      r12,-27649
      c000000010000288:  f801fff8  std     r0,-8(r1)
      c00000001000028c:  f801fff0  std     r0,-16(r1)
      c000000010000290:  4e800020  blr                                 # exit f1"
    `);
  });

  test('non-volatile registers are saved below r1 before stdu; a variadic callee spills into its caller\'s area', () => {
    expect(excerpt(lowered('A:M -> local B\nB:M args 2 variadic saves 2'), 'f1', 2, 26)).toMatchInlineSnapshot(`
      "c000000010000208:  7c0802a6  mflr    r0                          # entry local f1
      c00000001000020c:  60000000  nop
      c000000010000210:  7c0802a6  mflr    r0
      c000000010000214:  7d800026  mfcr    r12
      c000000010000218:  91810008  stw     r12,8(r1)
      c00000001000021c:  fbe1ffe8  std     r31,-24(r1)
      c000000010000220:  fbc1ffe0  std     r30,-32(r1)
      c000000010000224:  f8010010  std     r0,16(r1)
      c000000010000228:  f821ffc1  stdu    r1,-64(r1)
      c00000001000022c:  3bed403f  addi    r31,r13,16447
      c000000010000230:  3bcd403e  addi    r30,r13,16446
      c000000010000234:  3d80002e  lis     r12,46
      c000000010000238:  398c0000  addi    r12,r12,0
      c00000001000023c:  7d838120  mtcrf   56,r12
      c000000010000240:  f8610060  std     r3,96(r1)
      c000000010000244:  f8810068  std     r4,104(r1)
      c000000010000248:  f8a10070  std     r5,112(r1)
      c00000001000024c:  f8c10078  std     r6,120(r1)
      c000000010000250:  f8e10080  std     r7,128(r1)
      c000000010000254:  f9010088  std     r8,136(r1)
      c000000010000258:  f9210090  std     r9,144(r1)
      c00000001000025c:  f9410098  std     r10,152(r1)
      c000000010000260:  3d620000  addis   r11,r2,0                    # toc use M
      c000000010000264:  e96b8010  ld      r11,-32752(r11)
      c000000010000268:  386d1004  addi    r3,r13,4100
      c00000001000026c:  388d1005  addi    r4,r13,4101"
    `);
  });

  test('an early exit stands before the ordinary one and is taken', () => {
    const program = lowered('A:M early-exit');
    const exits = [...space.pointKind.subarray(program.versionGlobal[0], program.versionEnd[0])].filter((kind) => kind === POINT.EXIT);
    expect(exits).toHaveLength(2);
    expect(excerpt(program, 'f0', 9, 3)).toMatchInlineSnapshot(`
      "c000000010000124:  7c210800  cmpd    r1,r1
      c000000010000128:  40820068  bne     c000000010000190 <f0+0x90 [M]>
      c00000001000012c:  386d1000  addi    r3,r13,4096"
    `);
  });

  test('st_other 1: r2 is poison at the end', () => {
    expect(excerpt(lowered('A:M -> global B\nB:N clobber'), 'f1', 0, 5)).toMatchInlineSnapshot(`
      "c000000010200100:  7c0802a6  mflr    r0                          # entry single f1
      c000000010200104:  f8010010  std     r0,16(r1)
      c000000010200108:  60000000  nop
      c00000001020010c:  3840afff  li      r2,-20481
      c000000010200110:  386d1004  addi    r3,r13,4100"
    `);
  });

  test('a replacement with the same body gives the same results and passes the same arguments', () => {
    const program = lowered('A:M -> local B\nB:M patched same');
    const results = (name: string): string[] => excerpt(program, name).split('\n').filter((line) => /li {6}r[34],/.test(line)).map((line) => line.slice(29, 48).trim());
    expect(results("f1'")).toEqual(results('f1'));
    expect(program.versionIsReplacement[versionNamed(program, "f1'")]).toBe(1);
  });
});

describe('a strategy\'s pieces in generated code', () => {
  test('manual-restore: entry, save and exit', () => {
    const program = lowered('A:M -> local B\nB:M patched', 'manual-restore');
    expect(excerpt(program, "f1'", 0, 9)).toMatchInlineSnapshot(`
      "c000000010400100:  7c4b1378  mr      r11,r2                      # entry global f1'
      c000000010400104:  3c4c0010  addis   r2,r12,16
      c000000010400108:  38427f00  addi    r2,r2,32512
      c00000001040010c:  48000008  b       c000000010400114 <f1'+0x14 [P]>
      c000000010400110:  7c4b1378  mr      r11,r2                      # entry local f1'
      c000000010400114:  7c0802a6  mflr    r0
      c000000010400118:  60000000  nop
      c00000001040011c:  f961fff0  std     r11,-16(r1)                 # hook store
      c000000010400120:  7c0802a6  mflr    r0"
    `);
    expect(excerpt(program, "f1'").split('\n').slice(-3).join('\n')).toMatchInlineSnapshot(`
      "c000000010400188:  398093ff  li      r12,-27649
      c00000001040018c:  e841fff0  ld      r2,-16(r1)
      c000000010400190:  4e800020  blr                                 # exit f1'"
    `);
    expect(excerpt(program, 'f1', 0, 3)).toBe(excerpt(lowered('A:M -> local B\nB:M patched'), 'f1', 0, 3));
  });

  test('manual-restore-missed-exit: nothing at the early exit', () => {
    const program = lowered('A:M -> local B\nB:M patched early-exit', 'manual-restore-missed-exit');
    const restores = excerpt(program, "f1'").split('\n').filter((line) => line.includes('ld      r2,-16(r1)'));
    expect(restores).toHaveLength(1);
  });
});
