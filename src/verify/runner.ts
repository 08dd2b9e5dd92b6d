/**
 * What runs beside the image in the emulated process: a loop that reads commands from standard input, and code near the image to which its points branch.
 * Everything is Power assembly of our own and Linux system calls; no linker and no library.
 *
 * Commands are three doublewords {kind, a, b}, some with bytes behind them: COMMAND. A run is entered with the registers of a fresh task. It ends at the
 * image's `thread_done`, or by a signal (a fault, a trap, an instruction that is none, an alarm; privileged ones are carried out: privileged.ts); then what there is to say is written to standard output:
 * a trailer (TRAILER, in doublewords) and the events.
 */
import { assemble } from '../isa/assemble.ts';
import type { Assembly } from '../isa/assemble.ts';
import { ADDRESSES, PAGE_BYTES } from '../kernel/layout.ts';
import { load64 } from './lines.ts';
import { moved } from './moved.ts';
import { CELL, privilegedText, resetText } from './privileged.ts';

export const COMMAND = {
  /** a: address, b: bytes; the bytes follow. */
  WRITE: 0,
  /** a: address of a page of the image, b: PROT. */
  PROTECT: 1,
  /** a: seconds that it may run until the alarm, b: and microseconds, less than a million. */
  RUN: 2,
} as const;
export const COMMAND_BYTES = 24;

/** mmap's prot: PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4. */
export const PROT = { NONE: 0, DATA: 3, TEXT: 7 } as const;

/** Doublewords of an event: where, r0 to r31, LR, CTR, CR, XER. */
export const EVENT = { AT: 0, GPR: 1, LR: 33, CTR: 34, CR: 35, XER: 36, DOUBLEWORDS: 37 } as const;
export const EVENT_BYTES = 8 * EVENT.DOUBLEWORDS;
/** Events of a run at most: behind them nothing is mapped. */
export const MOST_EVENTS = 4096;

/** Ranges of memory that are summed at the end of a run. */
export const RANGES = 15;
/** Doublewords of a trailer: signal number (0: done), its address, registers in the order of the kernel's pt_regs, bytes of events, two sums for each range. */
export const TRAILER = { SIGNAL: 0, ADDRESS: 1, REGISTERS: 2, LOGGED: 41, SUMS: 42, DOUBLEWORDS: 42 + 2 * RANGES } as const;
export const TRAILER_BYTES = 8 * TRAILER.DOUBLEWORDS;
/** Doublewords of pt_regs that a signal frame has, and which (arch/powerpc/include/uapi/asm/ptrace.h). */
const SAVED = 39;
export const PT = { NIP: 32, CTR: 35, LINK: 36, XER: 37, CCR: 38 } as const;

/** Where the runner itself lies, its variables, its events. */
const RUNNER = 0x10000000n;
const VARIABLES = RUNNER + 0x8000n;
/** Doublewords {address, bytes} of what is summed. */
export const RANGE_LIST = RUNNER + 0x9000n;
/** What stands for the privileged part of the processor (privileged.ts). */
export const CELLS = RUNNER + 0xa000n;
const SIGNAL_STACK = RUNNER + 0x10000n;
const SIGNAL_STACK_BYTES = 0x10000n;
const LOG_END = 0x40000000n;
export const LOG = LOG_END - BigInt(MOST_EVENTS * EVENT_BYTES);

/** The end of the PACA's page, which the model has too and nobody uses: scratch of the code at points, since only r13 is the same everywhere. */
export const SCRATCH = 0x3f00;
export const SAVE0 = SCRATCH;
export const SAVE31 = SCRATCH + 8, NEXT = SCRATCH + 16;
const PACA_ADDRESS = moved(ADDRESSES.PACA0);
const STACK_TOP = moved(ADDRESSES.STACK) + BigInt(PAGE_BYTES);

/** Code for points, within reach of a branch from all text of its neighbourhood: near vmlinux, and near each place of modules. */
export const NEAR: readonly bigint[] = [0xc000000000800000n, 0xc000000011000000n, 0xc008000001000000n, 0xc008000401000000n].map(moved);
/** Bytes of a neighbourhood: the code that is there once, in the first one the callback's table {behind the call of ftrace, replacement or 0}, ended by 0; then an area for each page of text. */
const ONCE_BYTES = 0x1000;
const TABLE_BYTES = 0x1000;
export const AREA_BYTES = 0x8000;
/** Areas: of pages of four modules; near vmlinux that of the core page is the first one. */
const AREAS = 16;
export const NEAR_BYTES = ONCE_BYTES + TABLE_BYTES + AREAS * AREA_BYTES;
export const ONCE = { from: 0, to: ONCE_BYTES } as const;
export const TABLE_PLACE = { from: ONCE_BYTES, to: ONCE_BYTES + TABLE_BYTES } as const;
export const FIRST_AREA = ONCE_BYTES + TABLE_BYTES;
export const TABLE = NEAR[0]! + BigInt(ONCE_BYTES);

const SYSTEM_CALL = { read: 3, write: 4, mmap: 90, setitimer: 104, mprotect: 125, sigaction: 173, sigaltstack: 185, exitGroup: 234 } as const;
/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGPROF. */
export const SIGNAL = { ILL: 4, TRAP: 5, BUS: 7, FPE: 8, SEGV: 11, PROF: 27 } as const;
/** ITIMER_PROF: alarms count the time that the process runs, not that in which it waits for a processor. */
const TIMER = 2;
/** MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS. */
const MAP_FLAGS = 0x32;
/** SA_SIGINFO, SA_ONSTACK, SA_NODEFER: the handler returns only from what privileged.ts carries out. */
const SIGNAL_FLAGS = 0x48000004n;
/** Of the third argument, a ucontext_t: where the general registers lie. */
const UCONTEXT_REGISTERS = 232;

const call = (number: number): string => `
        li      r0, ${number}
        .long   0x44000002              # sc`;

/** `regions`: what is mapped at the start, without access. Registers r14 to r31 are the runner's own between system calls. */
function runnerText(regions: readonly { readonly address: bigint; readonly bytes: number; readonly prot: number }[]): string {
  return `
_start: ${load64('r14', VARIABLES)}
        bl      1f
1:      mflr    r15
        addi    r15, r15, regions-1b
2:      ld      r3, 0(r15)
        cmpdi   r3, 0
        beq     3f
        ld      r4, 8(r15)
        ld      r5, 16(r15)
        li      r6, ${MAP_FLAGS}
        li      r7, -1
        li      r8, 0${call(SYSTEM_CALL.mmap)}
        # 0 or the error's number in r3 and CR0[SO]: what cannot be mapped ends it all
        bso     broken
        addi    r15, r15, 24
        b       2b
3:      # signals have a stack of their own
        ${load64('r3', SIGNAL_STACK)}
        std     r3, 0(r14)
        li      r3, 0
        std     r3, 8(r14)
        ${load64('r3', SIGNAL_STACK_BYTES)}
        std     r3, 16(r14)
        mr      r3, r14
        li      r4, 0${call(SYSTEM_CALL.sigaltstack)}
        bl      1f
1:      mflr    r15
        addi    r15, r15, signal-1b
        std     r15, 0(r14)
        ${load64('r3', SIGNAL_FLAGS)}
        std     r3, 8(r14)
        li      r3, 0
        std     r3, 16(r14)
        std     r3, 24(r14)
${Object.values(SIGNAL).map((signal) => `
        li      r3, ${signal}
        mr      r4, r14
        li      r5, 0
        li      r6, 8${call(SYSTEM_CALL.sigaction)}`).join('')}

        # a command
next:   ${load64('r14', VARIABLES)}
        li      r3, 0
        mr      r4, r14
        li      r5, ${COMMAND_BYTES}${call(SYSTEM_CALL.read)}
        cmpdi   r3, ${COMMAND_BYTES}
        bne     ended
        ld      r15, 0(r14)
        ld      r16, 8(r14)
        ld      r17, 16(r14)
        cmpdi   r15, ${COMMAND.PROTECT}
        beq     protect
        cmpdi   r15, ${COMMAND.RUN}
        beq     go
        cmpdi   r15, ${COMMAND.WRITE}
        bne     broken
        li      r3, 0
        mr      r4, r16
        mr      r5, r17${call(SYSTEM_CALL.read)}
        cmpd    r3, r17
        bne     broken
        b       next

protect:
        mr      r3, r16
        li      r4, ${PAGE_BYTES}
        mr      r5, r17${call(SYSTEM_CALL.mprotect)}
        bso     broken
        b       next

go:     # {interval, value} in seconds and microseconds
        li      r3, 0
        std     r3, 0(r14)
        std     r3, 8(r14)
        std     r16, 16(r14)
        std     r17, 24(r14)
        li      r3, ${TIMER}
        mr      r4, r14
        li      r5, 0${call(SYSTEM_CALL.setitimer)}
        bso     broken
        ${resetText(CELLS)}
        ${load64('r13', PACA_ADDRESS)}
        ${load64('r3', LOG)}
        std     r3, ${NEXT}(r13)
        ${load64('r1', STACK_TOP)}
        ${load64('r3', NEAR[0]!)}
        mtctr   r3
        bctr

signal: cmpdi   r3, ${SIGNAL.ILL}
        beq     privileged
caught: ${load64('r14', VARIABLES)}
        std     r3, ${8 * TRAILER.SIGNAL}(r14)
        ld      r15, 16(r4)
        std     r15, ${8 * TRAILER.ADDRESS}(r14)
        addi    r15, r5, ${UCONTEXT_REGISTERS - 8}
        addi    r16, r14, ${8 * TRAILER.REGISTERS - 8}
        li      r17, ${SAVED}
        mtctr   r17
1:      ldu     r17, 8(r15)
        stdu    r17, 8(r16)
        bdnz    1b
        b       finish

done:   ${load64('r14', VARIABLES)}
        li      r15, 0
        std     r15, ${8 * TRAILER.SIGNAL}(r14)

finish: # no alarm any more
        addi    r15, r14, 0x800
        li      r3, 0
        std     r3, 0(r15)
        std     r3, 8(r15)
        std     r3, 16(r15)
        std     r3, 24(r15)
        li      r3, ${TIMER}
        mr      r4, r15
        li      r5, 0${call(SYSTEM_CALL.setitimer)}
        ${load64('r13', PACA_ADDRESS)}
        ${load64('r16', LOG)}
        ld      r17, ${NEXT}(r13)
        subf    r17, r16, r17
        std     r17, ${8 * TRAILER.LOGGED}(r14)
        # sums of words, and of these sums
        ${load64('r15', RANGE_LIST)}
        addi    r20, r14, ${8 * TRAILER.SUMS}
        li      r21, ${RANGES}
1:      li      r22, 0
        li      r23, 0
        ld      r24, 0(r15)
        ld      r25, 8(r15)
        srdi.   r25, r25, 2
        beq     3f
        mtctr   r25
2:      lwz     r25, 0(r24)
        addi    r24, r24, 4
        add     r22, r22, r25
        add     r23, r23, r22
        bdnz    2b
3:      std     r22, 0(r20)
        std     r23, 8(r20)
        addi    r20, r20, 16
        addi    r15, r15, 16
        addi    r21, r21, -1
        cmpdi   r21, 0
        bne     1b
        li      r3, 1
        mr      r4, r14
        li      r5, ${TRAILER_BYTES}${call(SYSTEM_CALL.write)}
        cmpdi   r17, 0
        beq     next
        li      r3, 1
        mr      r4, r16
        mr      r5, r17${call(SYSTEM_CALL.write)}
        b       next

ended:  li      r3, 0${call(SYSTEM_CALL.exitGroup)}
broken: li      r3, 1${call(SYSTEM_CALL.exitGroup)}
${privilegedText(CELLS, UCONTEXT_REGISTERS)}
        .balign 8
regions:
${regions.map(({ address, bytes, prot }) => `        .quad   ${address}, ${bytes}, ${prot}\n`).join('')}        .quad   0
`;
}

export function runner(regions: readonly { readonly address: bigint; readonly bytes: number; readonly prot: number }[]): Assembly {
  if (CELLS + BigInt(CELL.BYTES) > SIGNAL_STACK) throw new RangeError('no room for the cells');
  const own = [
    { address: VARIABLES, bytes: 0x8000, prot: PROT.DATA },
    { address: SIGNAL_STACK, bytes: Number(SIGNAL_STACK_BYTES), prot: PROT.DATA },
    { address: LOG & ~0xfffn, bytes: Number(LOG_END - (LOG & ~0xfffn)), prot: PROT.DATA },
    ...NEAR.map((address) => ({ address, bytes: NEAR_BYTES, prot: PROT.TEXT })),
  ];
  const assembly = assemble(runnerText([...own, ...regions]), { base: RUNNER, file: 'runner' });
  if (assembly.bytes.length > Number(VARIABLES - RUNNER)) throw new RangeError(`the runner has ${assembly.bytes.length} bytes`);
  return assembly;
}
