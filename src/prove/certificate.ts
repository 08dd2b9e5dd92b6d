/**
 * The certificate of a proof: what `tocsin prove` writes and a checker that shares nothing with it reads. It is plain JSON, 64-bit values included, and stands alone: the
 * code that was proved as words, the constants that it relies on, what is promised of each way to be entered, and for each fragment an assertion at each
 * instruction. What the parts mean, and what a checker has to ask of each: docs/proof.md, "The certificate".
 */

export const CERTIFICATE_SCHEMA = 'tocsin/proof@1';

/**
 * A 64-bit word modulo 2^64, canonical: symbols that are added, by code unit, with `+` between them; symbols that are subtracted, each with `-` before it; last the constant,
 * decimal, signed (-2^63 to 2^63-1), left out where it is 0 and a symbol is there. `F-528`, `task+x+1040`, `R-B`, `-4611686018427322368`, `0`. A symbol occurs at most once, begins with a
 * letter and has letters and digits only.
 *
 *   F        r1 at the call: the frame that the caller owns            R        where the call is to return to
 *   B        TOC pointer of the called function's module; its text lies at B-..    T    r2 at the ftrace call of a function with one entry
 *   P        TOC pointer of the livepatch module                       C        the replacement's GEP (where its code is no fragment's)
 *   paca, task   the executing CPU's PACA, the current thread_info    stack  low end of the kernel stack that F is on
 *   x        what the published cell says at entry                     owed     what a frame's marker cell says at entry while an older hook waits on the frame: not 0
 *   a3..a10  argument registers   n14..n31  non-volatile registers     c8..c19  the bits of CR2 to CR4, 0 or 1           msr
 *   f0, f12, f24, f96..f120   the doublewords (f12: word) at these offsets of F as they were at entry
 *   s3, s4   the results of the replacement                            cut      R minus the TOC pointer at the ftrace call, cut to 32 bits and sign-extended, where that is another word
 *
 * Two different symbols are different places: see docs/proof.md, "Disjoint by decree". Alignment: B, T, P 256 bytes; F 16; R, C 4. In functions of vmlinux (module K) B is no symbol, but the constant `layout.vmlinux`.
 */
export type WordText = string;

/**
 * A thing that an assertion says a value of: `r0`..`r31`, `lr`, `ctr`, `msr`, `cr0`..`cr31` (a bit: the word 0 or 1), or memory: `[WORD]` is the doubleword at that address, `[WORD]/4` the word, of
 * which the value gives the low 32 bits, `[WORD]/1` the byte.
 */
export type CellText = string;

/** What of a caller's may be lost: r2 as at entry; the TOC slot 24(F) as at entry; the reserved word 12(F) as at entry. All else is always demanded. */
export const PROMISES = ['r2', 'slot', 'w12'] as const;
export type Promised = (typeof PROMISES)[number];

/**
 * How a function is entered, as far as the code at its mcount site can tell: a letter, and marks in this order.
 *
 *   L  by the LEP of a function with two entries: r2 = B         G  by its GEP: r12 = GEP, r2 is made B
 *   S  a function with one entry that leaves r2 alone: r2 = T    V  one that need not (st_other 1): r2 = T
 *   =  24(F) is what r2 is at the ftrace call (never with G)      ~  R may be further than 2 GiB from r2 at the ftrace call (else it is not)
 *   !  an older hook waits on the frame F (only where the strategy has memory for each frame)
 */
export type ShapeText = string;

/** `patched`: hooked, a replacement runs. `ordinary`: not patched, or its tracing is off. `own`: a function of the livepatch module. */
export const PARTIES = ['ordinary', 'patched', 'own'] as const;
export type Party = (typeof PARTIES)[number];

/** What whoever enters such a function so may rely on when it returns. All rows that a call can come to are there; `own` has none, it keeps all. */
export interface Contract {
  readonly who: Exclude<Party, 'own'>;
  readonly shape: ShapeText;
  readonly keeps: readonly Promised[];
}

/** Code as it lies in memory. `words`: eight hexadecimal digits for each instruction, in the order of addresses, as a number (the first digit holds the primary opcode). */
export interface Text {
  readonly name: string;
  /** Address of the first word: a constant, or B or P and a constant. Words are memory too, which loads may read. */
  readonly at: WordText;
  readonly words: string;
  /** Indexes of words that are data (what a large-model entry reads its TOC distance from), not to be executed. */
  readonly data?: readonly number[];
}

/** Offsets and addresses of the model's kernel that the proof relies on. Numbers are bytes. */
export interface Layout {
  /** Below r1 and kept by interrupts. */
  readonly zone: number;
  /** Of a kernel stack. */
  readonly stackBytes: number;
  /** vmlinux's TOC pointer. */
  readonly vmlinux: WordText;
  /** From the PACA: doubleword = task; doubleword = `vmlinux`; byte, taken for 1; doubleword = `base`. Nobody writes them. */
  readonly current: number;
  readonly kernelToc: number;
  readonly enabled: number;
  readonly kernelBase: number;
  readonly base: WordText;
  /** First instruction of live patching's callback, in line and (if there is code for that) out of line. From its fourth argument: the doubleword that it sets to the replacement's GEP, which was the NIP. */
  readonly callbacks: readonly WordText[];
  readonly nip: number;
  /** Memory for each frame lies so many bytes above the frame. */
  readonly beside: number;
}

/** A piece of the strategy's own memory: bytes [from, from + bytes) behind PACA, thread_info or the stack's low end. */
export interface OwnMemory {
  readonly owner: 'cpu' | 'task' | 'stack';
  readonly from: number;
  readonly bytes: number;
}

/** The cell that says up to where an interrupt leaves the strategy's entries alone. */
export interface Published {
  readonly owner: 'cpu' | 'task' | 'stack';
  /** Of the cell, from its owner. */
  readonly at: number;
  /** The cell holds an address; false: a distance. An entry's address is the cell's value + origin (and the owner's address, if it is a distance). */
  readonly address: boolean;
  /** No hook stores to the entries below the value it found + origin: a guarantee, which each fragment is checked for, and what every interrupt is believed to keep. */
  readonly origin: number;
  /** What the cell begins with (from the stack's low end for a stack's, and 0 for one that only the kernel knows), and by how much each hook moves it. */
  readonly least: string;
  readonly entry: number;
}

/** What the strategy has declared, and what was found of it. */
export interface Kept {
  readonly published: Published | null;
  readonly memory: readonly OwnMemory[];
  /** Memory for each frame: bytes [from, from + bytes) behind F. `marker`: the doubleword, from F, that is 0 exactly while no hook waits on the frame. */
  readonly frame: { readonly from: number; readonly bytes: number; readonly marker: number } | null;
  /** Bytes of F, besides 8 and 16, that the hook may write. */
  readonly areas: readonly { readonly offset: number; readonly bytes: number }[];
}

/**
 * The assertion at an instruction, as what differs from the one before: which cells have other values, and which are not known any more. `at`: the address of the instruction, where that is not
 * the next one. It holds however often the fragment is interrupted there.
 */
export interface Step {
  readonly at?: WordText;
  readonly set?: Readonly<Record<CellText, WordText>>;
  readonly drop?: readonly CellText[];
}

/**
 * Straight-line code. The first step is the assertion at its first instruction, from what the checker makes of the beginning itself; each further one follows from the one before by its instruction. At the last
 * one the run ends: at a branch whose condition is not known, which goes both ways (`split`: taken, not taken; each begins with the assertion behind the branch); or where the fragment does.
 */
export interface Run {
  readonly steps: readonly Step[];
  readonly split?: readonly [taken: Run, notTaken: Run];
  /** In `enter`, where the run comes to the replacement: how the replacement ends, each possible way once. */
  readonly endings?: readonly Ending[];
}

/** How a replacement ends: it returns, or hands its return on by a sibling call to a function of that party and shape, entered on the replacement's own frame. */
export interface Ending {
  readonly by: 'returns' | 'sibling' | 'stub-sibling';
  readonly who?: Party;
  readonly shape?: ShapeText;
  /** Only where the strategy has code in replacements: which exit; where the code that is no strategy's begins and ends; where the sibling branch is. */
  readonly exit?: 'late' | 'early';
  readonly body?: { readonly from: WordText; readonly to: WordText; readonly jump?: WordText };
  /** From the replacement's end (where the strategy has code in replacements: from its entry) to R. */
  readonly run: Run;
}

/** What the arguments are: at most eight doublewords; more, in F's parameter save area; spilt there by a variadic function. */
export const ARGUMENTS = ['registers', 'stack', 'variadic'] as const;
export type Arguments = (typeof ARGUMENTS)[number];

/**
 * `patched`: from the first instruction of a patched function, entered so, to R. `traced`: of one whose site calls ftrace and which then goes on itself, up to the
 * instruction behind the site. `self`: only where the strategy has code in replacements, of one that is called by its own LEP, which no hook sees: module P, shape L or L=, `from` = the LEP.
 */
export interface Fragment {
  readonly kind: 'patched' | 'traced' | 'self';
  readonly shape: ShapeText;
  /** The function's module: their entries, and their ways to ftrace, are different code. */
  readonly module: 'K' | 'M' | 'N' | 'P';
  readonly style: 'in-line' | 'out-of-line';
  readonly args: Arguments;
  /** The replacement's entry, where the strategy has code in replacements; else any. */
  readonly replacement?: 'dual' | 'single' | 'clobber';
  /** Indexes in `texts`. */
  readonly texts: readonly number[];
  /** First instruction that is executed, the replacement's GEP (`patched`, where its code is a fragment's), the instruction behind the mcount site (`traced` ends there). */
  readonly from: WordText;
  readonly replaces?: WordText;
  readonly behind: WordText;
  readonly enter: Run;
}

export interface Certificate {
  readonly schema: typeof CERTIFICATE_SCHEMA;
  readonly strategy: { readonly name: string; readonly hash: string };
  /** Hash of the model that the code was taken from. */
  readonly model: string;
  readonly claim: {
    /** What call graphs may contain, by the names of `--features`; what is not named does not occur. */
    readonly features: readonly string[];
    /** Premises that are assumed, by the names of claims, and those of the model (docs/proof.md, "What is assumed"). */
    readonly assuming: readonly string[];
    readonly obligations: readonly string[];
  };
  readonly layout: Layout;
  readonly kept: Kept;
  readonly texts: readonly Text[];
  readonly contracts: readonly Contract[];
  readonly fragments: readonly Fragment[];
}
