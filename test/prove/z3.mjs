// A process of its own for z3, which keeps threads: reads [{ facts, wrong }] as JSON, and says of each term of `wrong` (SMT-LIB) whether it can be so under these facts: 'unsat' (it cannot), 'sat', 'unknown'; 'vacuous' where the facts contradict each other.
import { readFileSync } from 'node:fs';
import { init } from 'z3-solver';

const { Z3 } = await init();
const context = Z3.mk_context(Z3.mk_config()), logic = Z3.mk_string_symbol(context, 'QF_BV');
const ANSWERS = new Map([[-1, 'unsat'], [0, 'unknown'], [1, 'sat']]);
let queries = 0;

/** Text is given only to what reads it before it returns: `eval_smtlib2_string` reads in a thread, from memory that by then may hold something else. */
async function query(text) {
  queries++;
  const solver = Z3.mk_solver_for_logic(context, logic);
  Z3.solver_inc_ref(context, solver);
  Z3.solver_from_string(context, solver, text);
  if (Z3.get_error_code(context) !== 0) throw new Error(`z3: ${Z3.get_error_msg(context, Z3.get_error_code(context))}`);
  const answer = ANSWERS.get(await Z3.solver_check(context, solver));
  Z3.solver_dec_ref(context, solver);
  if (answer === undefined) throw new Error('z3 did not answer');
  return answer;
}

/** Many are asked about in one query; only where one of them can be so, each half again. */
async function ask(facts, terms) {
  const answer = await query(`${facts}\n(assert (or false ${terms.join('\n')}))`);
  if (answer === 'unsat' || terms.length === 1) return terms.map(() => answer);
  const half = terms.length >> 1;
  return [...await ask(facts, terms.slice(0, half)), ...await ask(facts, terms.slice(half))];
}

const answers = [];
for (const { facts, wrong } of JSON.parse(readFileSync(0, 'utf8'))) {
  const its = [], possible = await query(facts) === 'sat';
  for (let i = 0; i < wrong.length; i += 100) its.push(...possible ? await ask(facts, wrong.slice(i, i + 100)) : wrong.slice(i, i + 100).map(() => 'vacuous'));
  answers.push(its);
}
process.stdout.write(JSON.stringify({ answers, queries }), () => process.exit(0));
