/**
 * One scenario out of dice: a tree of functions from the task's start, so that everything is reachable; handlers of interrupts
 * with patched functions of their own; then extra calls (forward, recursive, repeated); limits; anchors; what bodies do besides.
 * What discriminates strategies is preferred: local calls of patched functions, replacements that make calls, sibling calls out of
 * replacements, slots that are live for long, interrupts inside the hook whose handlers call patched functions of another module.
 */
import { FEATURE_BIT } from '../scenario/features-of.ts';
import { isValid } from '../scenario/validate.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { FIRST_FRAME, FTRACE_FRAME, INTERRUPT_FRAME, LARGEST_FRAME } from '../scenario/stack.ts';
import type { Dice } from './dice.ts';
import { drawAround } from './around.ts';
import { deepen } from './deep.ts';
import { drawAnchors, drawDetails, drawPlaces, settleSame } from './details.ts';
import { ALL_KINDS, ARGS, DEEP_ODDS, drawFeatures, drawKind, DYNAMIC_CAP, FUNCTION_COUNTS, GLOBAL, INDIRECT, LOCAL, STACK_ARGS } from './dice.ts';
import { BODY_CALLS, CLOBBER, Draft, DUAL, K, M, MOST, N, P, PATCHED, PATCHED_SAME, SELF, SINGLE, UNPATCHED } from './draft.ts';

const BIT = FEATURE_BIT;
const LIMITS = [1, 1, 2, 2, 2, 3, 3, 5] as const;

/** The generator's own working memory; one per arbitrary. Not shared between generators that run at one time. */
export class Generator {
  private readonly draft = new Draft();
  private on = 0;
  private allowed = 0;
  /** Calls in the longest run. */
  private worst = 0;
  /** Functions that were made for the task; later ones are handlers and theirs. */
  private main = 0;

  /** A valid scenario that uses no feature outside the mask `allowed`. `most`: functions in the first task's part, 1 to 12. */
  generate(dice: Dice, allowed: number, most: number): Scenario {
    return drawAround(this.inner(dice, allowed, most), dice, allowed);
  }

  /** The same without a world around. */
  private inner(dice: Dice, allowed: number, most: number): Scenario {
    const { draft } = this;
    draft.reset();
    this.allowed = allowed;
    this.on = drawFeatures(dice, allowed);
    this.tree(dice, most);
    this.main = draft.functions;
    // A deep recursion is mostly left alone: with handlers that may recur as well, half of the stack would have to stay free.
    const plunging = this.has(BIT.recursive) && dice.nextInt(0, DEEP_ODDS) === 0;
    if (!plunging || dice.nextInt(0, 3) === 0) this.handlers(dice);
    this.extraCalls(dice);
    if (plunging) this.plunge(dice);
    settleSame(draft, this.on, allowed);
    this.limits(dice);
    drawDetails(draft, dice, this.on);
    drawAnchors(draft, dice, this.main);
    const places = drawPlaces(dice, this.on);
    let scenario = draft.finish(places);
    if (this.deep() && !isValid(scenario)) {
      // Too deep for one stack: shorter cycles, fewer saved registers, one interrupt.
      this.shallow();
      scenario = draft.finish(places);
    }
    return plunging && draft.recursive && deepen(draft, dice, allowed) ? draft.finish(places) : scenario;
  }

  private has(bit: number): boolean {
    return (this.on & bit) !== 0;
  }

  /** The kinds to draw from: those of this scenario, else any that is allowed; 0: no way to make this call. */
  private kinds(body: number, callee: number): number {
    const mask = this.draft.kinds(body, callee, this.on);
    return mask & this.on & ALL_KINDS || mask & this.allowed;
  }

  private tree(dice: Dice, most: number): void {
    const { draft } = this;
    const count = Math.min(most, FUNCTION_COUNTS[dice.nextInt(0, FUNCTION_COUNTS.length - 1)]!);
    const way = dice.nextInt(0, 9);
    // Code of K reaches modules through pointers only.
    draft.add(way >= 7 ? N : way === 6 && (this.allowed & INDIRECT || this.allowed & BIT['patched-core']) ? K : M, -1);
    if (dice.nextInt(0, 15) === 0) this.patch(dice, 0);
    for (let made = 1; made < count; made += 1) {
      const parent = this.parentBody(dice);
      if (parent < 0 || this.child(dice, parent, made === 1 ? 0 : 9, -1) < 0) break;
    }
    if (!this.anyPatched()) this.patch(dice, 0);
  }

  private anyPatched(): boolean {
    const { draft } = this;
    for (let i = 0; i < draft.functions; i += 1) if (draft.patched[i] !== UNPATCHED) return true;
    return false;
  }

  /** An open body: a replacement's own rather than another, a recent one rather than an old; -1: all are closed. */
  private parentBody(dice: Dice): number {
    const { draft } = this;
    const n = draft.functions;
    for (let tries = 0; tries < 4; tries += 1) {
      const a = dice.nextInt(0, n - 1);
      const i = tries === 0 ? Math.max(a, dice.nextInt(0, n - 1)) : a;
      const body = draft.patched[i] === PATCHED && dice.nextInt(0, 3) !== 0 ? 2 * i + 1 : 2 * i;
      if (draft.open(body)) return body;
    }
    for (let body = 2 * n - 1; body >= 0; body -= 1) {
      if (draft.open(body) && ((body & 1) === 1 || draft.patched[body >> 1] !== PATCHED || body === 0)) return body;
    }
    return -1;
  }

  /**
   * A new function that `body` calls. `plain` 0: it is patched if it can be. `avoid`: a module that it should not lie in, -1: none.
   * Returns its index, -1 when there is no way for this body to call anything new.
   */
  private child(dice: Dice, body: number, plain: number, avoid: number): number {
    const { draft } = this;
    if (draft.functions >= MOST) return -1;
    const owner = body >> 1;
    const home = draft.home(body);
    let there = home;
    const draw = dice.nextInt(0, 15);
    if (home === P) there = draw < 3 ? P : draw < 9 && this.has(BIT.callback) ? draft.module[owner]! : draw < 12 ? K : draw < 14 ? M : N;
    else if (draw >= 9) there = draw < 12 ? (home === K ? M : K) : home === M ? N : M;
    if (there === avoid) there = there === M ? N : M;
    if (body & 1 && there === draft.module[owner] && !this.has(BIT.callback)) there = there === K ? M : K;
    if (home === P && (body & 1) === 0 && !this.has(BIT.callback)) there = P;
    if (plain === 0 && there === K && !this.has(BIT['patched-core'])) there = home === N ? N : M;
    const i = draft.add(there, owner);
    const shape = dice.nextInt(0, 15);
    const leaf = shape < 3 && this.has(BIT['single-entry']) ? SINGLE : shape >= 13 && this.has(BIT['caller-saved-toc']) ? CLOBBER : DUAL;
    draft.entry[i] = leaf;
    if (leaf === DUAL && this.has(BIT['stack-args']) && dice.nextInt(0, 2) === 0) draft.args[i] = STACK_ARGS[dice.nextInt(0, STACK_ARGS.length - 1)]!;
    else draft.args[i] = ARGS[dice.nextInt(0, ARGS.length - 1)]!;
    if (leaf === DUAL && this.has(BIT.variadic) && dice.nextInt(0, 3) === 0) {
      draft.variadic[i] = 1;
      if (draft.args[i] === 0) draft.args[i] = 2;
    }
    if (there !== P && dice.nextInt(0, 9) >= Math.min(plain, 5)) this.patch(dice, i);
    let mask = this.kinds(body, i);
    if (mask === 0) {
      // What stands in the way is its entry, its arguments, its patch or its module: a plain neighbour.
      draft.functions -= 1;
      draft.add(home, owner);
      if (plain === 0 && home !== P) this.patch(dice, i);
      mask = this.kinds(body, i);
      if (mask === 0) {
        draft.functions -= 1;
        return -1;
      }
    }
    draft.append(body, drawKind(dice, mask), i);
    return i;
  }

  private patch(dice: Dice, i: number): void {
    const { draft } = this;
    if (draft.module[i] === P || (draft.module[i] === K && (this.allowed & BIT['patched-core']) === 0)) return;
    const draw = dice.nextInt(0, 31);
    draft.patched[i] = draw < 7 ? PATCHED_SAME : PATCHED;
    const small = draft.args[i]! <= 8 && draft.variadic[i] === 0;
    if (small && draw === 31 && this.has(BIT['single-entry'])) draft.newEntry[i] = SINGLE;
    else if (small && draw === 30 && this.has(BIT['caller-saved-toc'])) draft.newEntry[i] = CLOBBER;
    else if (draw >= 7 && draw < 10) draft.newTraced[i] = 1;
  }

  /** Interrupts and their handlers: roots of their own, which call patched functions, of another module where that is possible. */
  private handlers(dice: Dice): void {
    if (!this.has(BIT.interrupt)) return;
    const { draft } = this;
    const draw = dice.nextInt(0, 15);
    const count = draw < 9 ? 1 : draw < 14 ? 2 : 3;
    let handler = -1;
    for (let k = 0; k < count; k += 1) {
      if (handler < 0 || dice.nextInt(0, 3) === 0) handler = this.handler(dice);
      const context = k > 0 && this.has(BIT['interrupt-nested']) && dice.nextInt(0, 2) !== 0 ? dice.nextInt(1, k) : 0;
      draft.interrupts.push({ body: -1, call: 0, context, occurrence: 1, region: 0, step: 0, handler, own: this.has(BIT['irq-stack']) && dice.nextInt(0, 1) === 0 });
    }
  }

  private handler(dice: Dice): number {
    const { draft } = this;
    const n = draft.functions;
    const draw = dice.nextInt(0, 7);
    const victim = this.patchedBefore(dice, n);
    const other = victim < 0 ? -1 : draft.module[victim]!;
    const h = draft.add(draw < 2 && this.has(INDIRECT) ? K : other === M || draw < 5 ? N : M, -1);
    draft.handler[h] = 1;
    // A patched function of its own, away from what it may interrupt; or one that the task calls too, or both.
    const way = dice.nextInt(0, 3);
    if (way !== 0) this.child(dice, 2 * h, 0, other);
    if (way <= 1 && victim >= 0 && draft.open(2 * h)) {
      const callee = this.patchedBefore(dice, n);
      const mask = callee < 0 ? 0 : this.kinds(2 * h, callee);
      if (mask !== 0) draft.append(2 * h, drawKind(dice, mask), callee);
    }
    if (dice.nextInt(0, 15) === 0) this.patch(dice, h);
    return h;
  }

  /** Some patched function with an index below `n`, -1 when there is none. */
  private patchedBefore(dice: Dice, n: number): number {
    const { draft } = this;
    let at = dice.nextInt(0, n - 1);
    for (let k = 0; k < n; k += 1) {
      if (draft.patched[at] !== UNPATCHED) return at;
      at = at + 1 === n ? 0 : at + 1;
    }
    return -1;
  }

  private extraCalls(dice: Dice): void {
    const { draft } = this;
    const n = draft.functions;
    const tries = dice.nextInt(0, 7);
    for (let k = 0; k < tries; k += 1) {
      const body = this.parentBody(dice);
      if (body < 0) return;
      const owner = body >> 1;
      const way = dice.nextInt(0, 7);
      if (this.has(BIT.recursive) && way < 3) this.recurse(dice, body);
      else if (this.has(BIT['hoisted-slot']) && way === 3 && draft.count[body]! > 0) {
        // A live slot over everything before: an indirect call to whom the body calls already.
        this.extra(dice, body, draft.callee[body * BODY_CALLS + dice.nextInt(0, draft.count[body]! - 1)]!, INDIRECT);
      } else if (owner + 1 < n) {
        const callee = way >= 6 ? this.patchedBefore(dice, n) : dice.nextInt(owner + 1, n - 1);
        if (callee > owner) this.extra(dice, body, callee, ALL_KINDS);
      }
    }
    if (this.has(BIT.recursive) && !draft.recursive && dice.nextInt(0, 1) === 0) {
      const body = this.parentBody(dice);
      if (body >= 0) this.recurse(dice, body);
    }
  }

  private extra(dice: Dice, body: number, callee: number, within: number): void {
    const { draft } = this;
    if (callee === SELF || draft.handler[callee] === 1) return;
    const mask = this.kinds(body, callee) & within & this.allowed;
    if (mask === 0) return;
    draft.append(body, drawKind(dice, mask), callee);
    draft.extras.push(body);
  }

  /** A call back: of the replacement itself by its LEP, or of the function itself or one that leads to it. */
  private recurse(dice: Dice, body: number): void {
    const { draft } = this;
    const before = draft.extras.length;
    if (body & 1 && this.has(LOCAL) && dice.nextInt(0, 3) === 0) {
      draft.append(body, LOCAL, SELF);
      draft.extras.push(body);
    } else {
      let target = body >> 1;
      for (let up = dice.nextInt(0, 3); up > 0 && draft.parent[target]! >= 0; up -= 1) target = draft.parent[target]!;
      this.extra(dice, body, target, ALL_KINDS);
    }
    if (draft.extras.length > before) draft.recursive = true;
  }

  /** A replacement that calls what it replaces, if there is a way: a cycle through a hook, for a deep recursion. */
  private plunge(dice: Dice): void {
    const { draft } = this;
    const i = this.patchedBefore(dice, draft.functions);
    if (i < 0 || draft.patched[i] !== PATCHED || !draft.open(2 * i + 1)) return;
    const before = draft.extras.length;
    this.extra(dice, 2 * i + 1, i, LOCAL | GLOBAL | INDIRECT);
    if (draft.extras.length > before) draft.recursive = true;
  }

  /** Limits for calls on cycles; then no run makes more than DYNAMIC_CAP calls: limits go down first, extra calls after that. */
  private limits(dice: Dice): void {
    const { draft } = this;
    if (draft.recursive) {
      draft.close();
      this.setLimits((at) => { draft.limit[at] = LIMITS[dice.nextInt(0, LIMITS.length - 1)]!; });
    }
    this.worst = draft.longest();
    if (this.worst <= DYNAMIC_CAP) return;
    this.shorter();
    for (;;) {
      this.worst = draft.longest();
      if (this.worst <= DYNAMIC_CAP) return;
      const body = draft.extras.pop();
      if (body === undefined) return;
      draft.takeBack(body);
      this.shorter();
    }
  }

  private shorter(): void {
    const { draft } = this;
    if (!draft.recursive) return;
    draft.close();
    this.setLimits((at) => { draft.limit[at] = 1; });
  }

  private setLimits(give: (at: number) => void): void {
    const { draft } = this;
    for (let body = 0; body < 2 * draft.functions; body += 1) {
      for (let at = body * BODY_CALLS, end = at + draft.count[body]!; at < end; at += 1) {
        if (draft.cyclic(body >> 1, draft.callee[at]!)) give(at);
        else draft.limit[at] = 0;
      }
    }
  }

  /** Whether a run may be so deep that its stack needs a closer look: as if all its calls were pending at once, in the largest frames. */
  private deep(): boolean {
    // Each context may go round a cycle as far as the limits allow, by this reckoning.
    const contexts = this.draft.recursive ? 1 + this.draft.interrupts.length : 1;
    return this.worst * contexts * LARGEST_FRAME + this.draft.interrupts.length * (INTERRUPT_FRAME + FTRACE_FRAME) > BOUNDS.stackBytes - FIRST_FRAME - FTRACE_FRAME;
  }

  private shallow(): void {
    const { draft } = this;
    draft.saves.fill(0);
    this.shorter();
    draft.interrupts.length = Math.min(1, draft.interrupts.length);
    for (const interrupt of draft.interrupts) interrupt.context = 0;
    while (!isValid(draft.finish({ M: 0, N: 0, P: 0 }))) {
      const body = draft.extras.pop();
      if (body === undefined) return;
      draft.takeBack(body);
      this.shorter();
      for (const interrupt of draft.interrupts) if (interrupt.body === body && interrupt.call >= draft.count[body]!) interrupt.body = -1;
    }
  }
}
