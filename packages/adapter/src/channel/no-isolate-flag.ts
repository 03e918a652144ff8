/** The argument of a program that is to run file after file without isolating them. */
export const noIsolateFlag = "--no-isolate";
