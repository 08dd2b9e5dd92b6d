/**
 * The processor's part of interrupts in the emulated process, which has none: the instructions that a problem-state program may not execute trap there (SIGILL), and code of our own does in
 * the signal's frame what the processor does (Power ISA 2.07B, Book III-S 3.3.1, 4.4.4, 6.2, 6.5.7); memory cells stand for MSR, SRR0 and SRR1. So the image's text stays as it is, and no
 * register is touched but by the instruction's own meaning.
 *
 * An interrupt arrives before a word of the text the n-th time that this word is come to (landings.ts). Such a word is a branch to code near by (guest.ts) in which a *trap word* stands, no instruction, before
 * the displaced one: it is counted here, and an interrupt whose time has come is taken: what the device has to say goes to the PACA, the frames below r1 are made poison as the
 * model has it (machine/delivery.ts), and the signal returns to `interrupt_entry`. The `rfid` of that very interrupt goes back to where the site resumes, any other where SRR0 says.
 */
import { INTERRUPT_CALL_FRAME_BYTES, INTERRUPT_FRAME_BYTES } from '../kernel/frames.ts';
import { ADDRESSES, KERNEL_REDZONE_SIZE, MSR_KERNEL, PACA } from '../kernel/layout.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { load64 } from './lines.ts';
import { moved } from './moved.ts';

/** Primary opcode 0; the site's number in the low three bits. */
export const TRAP_WORD = 0x00a11e00;
/** Words of text before which interrupts of one run arrive, at most; and its interrupts. */
export const MOST_SITES = BOUNDS.interrupts;
if (MOST_SITES > 8) throw new RangeError('a trap word has room for eight sites');

/** Signal number, which no signal has, of a run that ended because an interrupt was to be taken with MSR[EE] clear. */
export const MASKED = 96;

/** Byte offsets of the cells. From `ENTRY` to `PAGES` is written for a run with interrupts. */
export const CELL = {
  MSR: 0, SRR0: 8, SRR1: 16,
  /** Interrupts that are under way. */
  DEPTH: 24,
  /** Of each: the interrupted address, and where its site goes on. */
  UNDER_WAY: 0x100,
  /** Address of `interrupt_entry`. */
  ENTRY: 0x200,
  /** By site: address of the word, where it goes on, arrivals. */
  SITES: 0x240,
  /** By interrupt: site, arrival, the handler's GEP, own stack, top of that stack; then site -1. */
  INTERRUPTS: 0x380,
  /** Addresses of the data pages that are mapped, then 0. */
  PAGES: 0x600,
  BYTES: 0x800,
} as const;
/** Of each of SITES, and of INTERRUPTS. */
export const SITE = { WORD: 0, RESUME: 8, ARRIVALS: 16, BYTES: 32 } as const;
export const INTERRUPT = { SITE: 0, ARRIVAL: 8, HANDLER: 16, OWN_STACK: 24, TOP: 32, BYTES: 64 } as const;
if (CELL.SITES + MOST_SITES * SITE.BYTES > CELL.INTERRUPTS || CELL.INTERRUPTS + BOUNDS.interrupts * INTERRUPT.BYTES + 8 > CELL.PAGES) throw new RangeError('cells overlap');

/** SRR1 33:36 and 42:47 are 0 behind an external interrupt. */
const SRR1_KEPT = ~0x783f0000n & 0xffffffffffffffffn;
const MSR_EE = 0x8000n, MSR_RI = 2n;
/** IBM bits [first, last]. */
const bits = (first: number, last: number): bigint => (1n << BigInt(64 - first)) - (1n << BigInt(63 - last));
/** What `rfid` takes from SRR1 in privileged state: all but HV, 33:36, 42:47 and ME. */
const FROM_SRR1 = bits(0, 2) | bits(4, 32) | bits(37, 41) | bits(48, 50) | bits(52, 63);
const FRAME_POISON = 0x1a7e1a7f;
const PACA_ADDRESS = moved(ADDRESSES.PACA0);

/** Words without their register operand. */
const WORD = { mfmsr: 0x7c0000a6, mtmsrd: 0x7c010164, mfsrr0: 0x7c1a02a6, mfsrr1: 0x7c1b02a6, mtsrr0: 0x7c1a03a6, mtsrr1: 0x7c1b03a6, rfid: 0x4c000024 } as const;

/** Doublewords of pt_regs (arch/powerpc/include/uapi/asm/ptrace.h). */
const NIP = 32;

/** Sets the cells to what they are when a run begins. May use r3 and r4. */
export const resetText = (cells: bigint): string => `
        ${load64('r4', cells)}
        ${load64('r3', MSR_KERNEL)}
        std     r3, ${CELL.MSR}(r4)
        li      r3, 0
        std     r3, ${CELL.SRR0}(r4)
        std     r3, ${CELL.SRR1}(r4)
        std     r3, ${CELL.DEPTH}(r4)
`;

const compare = (word: number): string => `
        lis     r12, ${word >>> 16}
        ori     r12, r12, ${word & 0xffff}
        cmplw   r11, r12`;

/**
 * The SIGILL half of a signal handler: label `privileged`, entered with r3 to r5 as a handler has them (signal, siginfo, ucontext), its own r1 and LR. It returns from the signal, or goes
 * to `caught` with r3 to r5 as they were where the word is none of these, with r3 = MASKED where an interrupt may not be taken. `registers`: offset of the general registers in a ucontext.
 */
export const privilegedText = (cells: bigint, registers: number): string => `
privileged:
        addi    r6, r5, ${registers}
        ${load64('r7', cells)}
        ld      r8, ${8 * NIP}(r6)
        lwz     r9, 0(r8)
        addi    r8, r8, 4
        clrrwi  r11, r9, 3
        clrldi  r11, r11, 32${compare(TRAP_WORD)}
        beq     arrival
        # the register operand, as an offset; and the word without it
        rlwinm  r10, r9, 14, 24, 28
        lis     r11, 0x03e0
        andc    r11, r9, r11${compare(WORD.mfmsr)}
        beq     do_mfmsr${compare(WORD.mtmsrd)}
        beq     do_mtmsrd${compare(WORD.mfsrr0)}
        beq     do_mfsrr0${compare(WORD.mfsrr1)}
        beq     do_mfsrr1${compare(WORD.mtsrr0)}
        beq     do_mtsrr0${compare(WORD.mtsrr1)}
        beq     do_mtsrr1${compare(WORD.rfid)}
        beq     do_rfid
        b       caught

do_mfmsr:
        ld      r12, ${CELL.MSR}(r7)
        b       2f
do_mfsrr0:
        ld      r12, ${CELL.SRR0}(r7)
        b       2f
do_mfsrr1:
        ld      r12, ${CELL.SRR1}(r7)
2:      stdx    r12, r6, r10
        b       resume
do_mtsrr0:
        ldx     r12, r6, r10
        std     r12, ${CELL.SRR0}(r7)
        b       resume
do_mtsrr1:
        ldx     r12, r6, r10
        std     r12, ${CELL.SRR1}(r7)
        b       resume
        # L=1: EE and RI alone
do_mtmsrd:
        ldx     r12, r6, r10
        ld      r11, ${CELL.MSR}(r7)
        ${load64('r10', MSR_EE | MSR_RI)}
        and     r12, r12, r10
        andc    r11, r11, r10
        or      r12, r12, r11
        std     r12, ${CELL.MSR}(r7)
resume: std     r8, ${8 * NIP}(r6)
        blr

do_rfid:
        ld      r12, ${CELL.SRR1}(r7)
        ld      r11, ${CELL.MSR}(r7)
        ${load64('r10', FROM_SRR1)}
        and     r12, r12, r10
        andc    r10, r11, r10
        or      r12, r12, r10
        # to another mode than this one the model does not go
        xor     r11, r11, r12
        ${load64('r10', MSR_EE | MSR_RI | bits(51, 51))}
        andc.   r11, r11, r10
        bne     caught
        ld      r8, ${CELL.SRR0}(r7)
        clrrdi  r8, r8, 2
        ld      r11, ${CELL.DEPTH}(r7)
        cmpdi   r11, 0
        beq     1f
        addi    r11, r11, -1
        std     r11, ${CELL.DEPTH}(r7)
        sldi    r11, r11, 4
        add     r11, r11, r7
        ld      r10, ${CELL.UNDER_WAY}(r11)
        cmpd    r10, r8
        bne     1f
        ld      r8, ${CELL.UNDER_WAY + 8}(r11)
1:      std     r12, ${CELL.MSR}(r7)
        b       resume

arrival:
        clrldi  r10, r9, 61
        sldi    r9, r10, 5
        add     r9, r9, r7
        ld      r11, ${CELL.SITES + SITE.ARRIVALS}(r9)
        addi    r11, r11, 1
        std     r11, ${CELL.SITES + SITE.ARRIVALS}(r9)
        # is it an interrupt's time?
        addi    r12, r7, ${CELL.INTERRUPTS}
1:      ld      r0, ${INTERRUPT.SITE}(r12)
        cmpdi   r0, 0
        blt     resume
        cmpd    r0, r10
        bne     2f
        ld      r0, ${INTERRUPT.ARRIVAL}(r12)
        cmpd    r0, r11
        beq     3f
2:      addi    r12, r12, ${INTERRUPT.BYTES}
        b       1b
3:      ld      r10, ${CELL.SITES + SITE.WORD}(r9)
        std     r10, ${CELL.SRR0}(r7)
        ld      r11, ${CELL.MSR}(r7)
        andi.   r0, r11, ${MSR_EE}
        bne     4f
        li      r3, ${MASKED}
        b       caught
4:      ${load64('r0', SRR1_KEPT)}
        and     r0, r11, r0
        std     r0, ${CELL.SRR1}(r7)
        ${load64('r0', MSR_EE | MSR_RI)}
        andc    r11, r11, r0
        std     r11, ${CELL.MSR}(r7)
        # what is under way
        ld      r11, ${CELL.DEPTH}(r7)
        sldi    r0, r11, 4
        add     r8, r0, r7
        std     r10, ${CELL.UNDER_WAY}(r8)
        ld      r10, ${CELL.SITES + SITE.RESUME}(r9)
        std     r10, ${CELL.UNDER_WAY + 8}(r8)
        addi    r11, r11, 1
        std     r11, ${CELL.DEPTH}(r7)
        ld      r8, ${CELL.ENTRY}(r7)
        std     r8, ${8 * NIP}(r6)
        # what the device has to say
        ${load64('r11', PACA_ADDRESS)}
        ld      r0, ${INTERRUPT.HANDLER}(r12)
        std     r0, ${PACA.PACA_IRQ_HANDLER}(r11)
        ld      r0, ${INTERRUPT.OWN_STACK}(r12)
        std     r0, ${PACA.PACA_IRQ_OWN_STACK}(r11)
        li      r9, ${INTERRUPT_FRAME_BYTES + INTERRUPT_CALL_FRAME_BYTES}
        cmpdi   r0, 0
        beq     5f
        ld      r0, ${PACA.PACA_IRQ_DEPTH}(r11)
        cmpwi   r0, 0
        bne     5f
        li      r9, ${INTERRUPT_FRAME_BYTES}
        ld      r0, ${INTERRUPT.TOP}(r12)
        std     r0, ${PACA.PACA_HARDIRQ_STACK}(r11)
5:      # [r1-r9, r1-288) is poison, as far as it lies in the data page of the doubleword below r1
        ld      r10, 8(r6)
        clrldi. r0, r10, 61
        bnelr
        addi    r11, r10, -8
        clrrdi  r11, r11, 14
        addi    r12, r7, ${CELL.PAGES}
6:      ld      r0, 0(r12)
        cmpdi   r0, 0
        beqlr
        cmpd    r0, r11
        beq     7f
        addi    r12, r12, 8
        b       6b
7:      subf    r9, r9, r10
        cmpld   r9, r11
        bge     8f
        mr      r9, r11
8:      addi    r10, r10, -${KERNEL_REDZONE_SIZE}
        lis     r0, ${FRAME_POISON >>> 16}
        ori     r0, r0, ${FRAME_POISON & 0xffff}
9:      cmpld   r9, r10
        bgelr
        stw     r0, 0(r9)
        stw     r0, 4(r9)
        addi    r9, r9, 8
        b       9b
`;
