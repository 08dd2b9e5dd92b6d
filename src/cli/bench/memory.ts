/** A process of its own: a campaign of so many scenarios on this thread; prints the most memory that it ever had, in KiB. */
import '../tiering.ts';
import { fuzz } from '../../campaign/fuzz.ts';
import { planFuzz } from '../../campaign/plan.ts';
import { inProcess, openWorkshop } from '../../campaign/workshop.ts';
import { BUILT_IN } from '../../strategies/index.ts';

const plan = planFuzz({ strategies: BUILT_IN, seed: 20160309n, runs: Number(process.argv[2]) });
await fuzz(plan, inProcess(openWorkshop(plan.setup)));
process.stdout.write(`${process.resourceUsage().maxRSS}\n`);
