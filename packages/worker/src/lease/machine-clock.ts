import { systemClock, type Clock } from "@capstan/protocol/plain";
import { momentOf, type Moment } from "./moment.js";

/** The clock that all processes of this machine share: what one of them notes of it means the same to another. */
export const machineClock: Clock = {
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  setTimer: (delayMs, callback) => systemClock.setTimer(delayMs, callback),
};

/** A moment of another clock of this process, as other processes of the machine know it. */
export function onMachine(clock: Clock, moment: Moment): Moment {
  // Read first: a process that is stopped between the two makes the moment earlier, never later.
  const machine = momentOf(machineClock);
  const now = momentOf(clock);
  return {
    monotonicMs: machine.monotonicMs - (now.monotonicMs - moment.monotonicMs),
    wallMs: machine.wallMs - (now.wallMs - moment.wallMs),
  };
}
