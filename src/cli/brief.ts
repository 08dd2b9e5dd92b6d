/**
 * For commands that are over in a second: V8 turns to its optimising compiler three times as late as it would. Most of what is compiled sooner runs too little to give the time back: a quarter of
 * the processor time of `tocsin prove`. Only speed depends on it. To be imported first.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--interrupt-budget=400000');
