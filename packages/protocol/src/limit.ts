/** Limits on all that comes from outside, and the defaults that model.md gives. Durations in ms, sizes in bytes. */
export const limits = {
  /** A payload or output above this travels and is stored as a blob. */
  inlineBytesMax: 64 * 1024,
  /** The body of one HTTP request, streams and blobs excepted. */
  bodyBytesMax: 8 * 1024 * 1024,
  /** The input of one task. */
  inputBytesMax: 4 * 1024 * 1024,
  /** The output of one trial. */
  resultBytesMax: 4 * 1024 * 1024,
  /** One line of an NDJSON stream. */
  lineBytesMax: 4 * 1024 * 1024 + 64 * 1024,
  /** One frame of the worker protocol, and the messages in it. */
  frameBytesMax: 16 * 1024 * 1024,
  frameMessagesMax: 10_000,
  /** Nesting of the JSON of bodies, inputs and outputs: no walk over it can exhaust the stack. */
  jsonDepthMax: 200,
  /** Nesting of a frame: messages put bodies, inputs and outputs a little deeper. */
  frameDepthMax: 208,
  /** Tasks in one JSON launch; a stream takes more. */
  launchTasksMax: 10_000,
  /** Tasks in one taskset. */
  tasksetTasksMax: 5_000_000,
  /** Unfinished tasks in one engine; beyond it a launch is refused with `overloaded`. */
  backlogMax: 5_000_000,
  /** Records of offers that came to nothing, a task. */
  offersMax: 20,
  /** Keys of muted tasks, a taskset; muted examples, a file; entries of the list that is kept for a class. */
  mutedMax: 1_000,
  /** Entries of all lists of muted tests, a namespace. */
  mutedKeptMax: 10_000,
  mutedExampleCharactersMax: 1_000,
  /** Records of flaky verdicts, a task key of a class. */
  flakyMax: 50,
  /** Examples that one of them names. */
  flakyExamplesMax: 10,
  /** Parts that one test file is split into. */
  filePartsMax: 64,
  bundleBytesMax: 50 * 1024 * 1024,
  bundleFilesMax: 10_000,
  blobBytesMax: 50 * 1024 * 1024,
  /** One pack of blobs: as it travels, and what is in it. */
  packBytesMax: 64 * 1024 * 1024,
  packBlobsMax: 10_000,
  phaseScriptBytesMax: 64 * 1024,
  /** The end of what a phase wrote, kept with its record. */
  phaseLogBytesMax: 64 * 1024,
  /** Tasksets whose workspaces one worker holds. */
  workspacesHeldMax: 1_000,
  definitionsMax: 1_000,
  namesBytesMax: 200,
  keyBytesMax: 512,
  slotsMax: 4_096,
  labelsMax: 64,
  revisionsHeldMax: 1_000,
  /** Newest revisions of a plugin that pruning keeps unless it is told another number. */
  revisionsKept: 5,
  pageItemsMax: 1_000,
  pageItems: 100,
  trialOutputBytesMax: 10 * 1024 * 1024,
  logTextBytesMax: 64 * 1024,
  waitMsMax: 60_000,
} as const;

/** The time defaults of model.md, all settable. */
export const times = {
  offerMs: 2_000,
  syncMs: 600_000,
  setupMs: 600_000,
  cleanUpMs: 60_000,
  heartbeatMs: 2_000,
  unreachableMs: 5_000,
  leaseMs: 10_000,
  /** A worker that is cut off kills what is not safe to rerun at this share of the lease. */
  cutOffShare: 0.8,
  jobTimeoutMs: 300_000,
  testLeastMs: 30_000,
  testUnknownSoftMs: 300_000,
  hardGraceMs: 30_000,
  stopGraceMs: 5_000,
  prefetchMs: 100,
  idempotencyMs: 24 * 3_600_000,
  taskRetentionMs: 7 * 24 * 3_600_000,
  logRetentionMs: 3 * 24 * 3_600_000,
  blobRetentionMs: 24 * 3_600_000,
  estimateRetentionMs: 90 * 24 * 3_600_000,
} as const;

/** The version of the worker protocol, raised when a message changes incompatibly. */
export const protocolVersion = 1;
