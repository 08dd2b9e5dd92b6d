/**
 * What must hold, by name. The order is the order of severity in which a campaign reports the worst finding.
 * `fatal: false`: the obligation is recorded and the run goes on (the others end the run, since what follows is a consequence).
 */
export const OBLIGATIONS = [
  { name: 'return-address', fatal: true, reason: 'control reaches exactly the return address, and a replacement by the entry it was made for' },
  { name: 'progress', fatal: true, reason: 'no endless loop, no trap, no fetch or access outside mapped memory' },
  { name: 'toc', fatal: true, reason: 'r2 is what it was at a local call, and the TOC of the code that uses it at each use' },
  { name: 'stack-pointer', fatal: true, reason: 'r1 at the resume point equals r1 at the call' },
  { name: 'back-chain', fatal: true, reason: 'back chains rise, are aligned, and end in the first frame' },
  { name: 'toc-slot', fatal: true, reason: 'a live TOC pointer doubleword holds what its owner stored when it is reloaded or its call returns' },
  { name: 'arguments', fatal: true, reason: 'the callee sees the arguments that were passed, the caller the results that were returned' },
  { name: 'nonvolatile', fatal: true, reason: 'r14-r31, CR2-CR4 and MSR survive a call; r13 is the PACA of the executing CPU' },
  { name: 'protected-zone', fatal: true, reason: '288 bytes below r1 survive hooks and interrupts wherever code uses them' },
  { name: 'interrupt-transparency', fatal: true, reason: 'an interrupt leaves registers, and memory from r1-288 up, as they were' },
  { name: 'hook-balance', fatal: true, reason: 'every pop of a strategy takes what its push left, nothing is left over, and no entry meets a live frame' },
  { name: 'replacement-ran', fatal: true, reason: 'each hooked call of a patched function runs its replacement exactly once' },
  { name: 'differential', fatal: true, reason: 'patched with an identical body, a program runs as it does unpatched' },
  { name: 'consistency', fatal: false, reason: 'a task is switched to another state of the patches, and text is freed, only while nothing live is changed or lies there' },
  { name: 'reserved-word', fatal: false, reason: "12(r1) of a frame that is not the writer's own is unchanged" },
  { name: 'reliable-trace', fatal: false, reason: 'while a task sleeps, a trace of its stack that is called reliable lists every return that is owed' },
  { name: 'recoverable', fatal: false, reason: 'what a strategy declares of its label leads to the return that is owed, for each hooked call that is pending' },
  { name: 'frame-condition', fatal: false, reason: "a hook writes 8 and 16 of the caller's frame, below r1, and its declared state, nothing else" },
] as const satisfies readonly { name: string; fatal: boolean; reason: string }[];
export type ObligationName = (typeof OBLIGATIONS)[number]['name'];
