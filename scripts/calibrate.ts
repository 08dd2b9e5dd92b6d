/**
 * Calibrates "we found nothing" on spaces that are known to the last scenario: `npx jiti scripts/calibrate.ts`. Every scenario of a bound is judged
 * under a strategy, so that the failing share p is a fact. Then 1,000 campaigns draw from the space, each from a seed of its own, through the
 * campaign's own block, fold and report, and it is counted how often what the report says is true. Deterministic; under two minutes.
 *
 * The sentence is hardest to keep with n trials such that it is only just false of p when nothing fails: then it errs one time in 20. With
 * fewer trials it claims nothing that is not so. The bounds with failures (Clopper-Pearson) are looked at in the same draws.
 */
import { calibrations } from '../test/campaign/calibration.ts';

for (const line of calibrations(1_000)) console.log(line);
