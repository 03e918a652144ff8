/** What the registry says of one error code. */
export interface ErrorEntry {
  /** The HTTP status it is answered with. */
  readonly status: number;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the caller should do. */
  readonly remedy: string;
}

function entry(status: number, title: string, remedy: string): ErrorEntry {
  return { status, retryable: false, title, remedy };
}

/** An error that passes: the same call may succeed later. */
function passing(status: number, title: string, remedy: string): ErrorEntry {
  return { status, retryable: true, title, remedy };
}

/** Every error that Capstan gives, by code. Codes never change their meaning. */
export const errorRegistry = {
  "invalid-request": entry(
    400,
    "The request does not have the form that is asked for",
    "Correct the fields that `details` names; the OpenAPI page shows the form",
  ),
  "invalid-id": entry(400, "The text is no id of that kind", "Copy the id as it was printed"),
  "invalid-input": entry(
    422,
    "The input does not fit the definition's schema",
    "Correct the fields that `details` names, or deploy a revision whose schema allows them",
  ),
  "invalid-output": entry(
    422,
    "The output does not fit the definition's schema",
    "Correct the task's code, or deploy a revision whose schema allows what it gives",
  ),
  "invalid-cursor": entry(400, "The cursor was not made by this list", "Start the list again without a cursor"),
  "invalid-stream": entry(
    400,
    "A line of the stream is broken; nothing of it was launched",
    "Correct the line that `details` names and send the whole stream again",
  ),
  "invalid-manifest": entry(
    422,
    "The manifest does not describe a plugin",
    "Correct the fields that `details` names and deploy again",
  ),
  "invalid-path": entry(
    422,
    "A path in the bundle leaves its folder or is not portable",
    "Use relative paths without `..`, empty parts, backslashes or a leading slash",
  ),
  "invalid-tree": entry(
    422,
    "The tree does not describe a folder",
    "Take the snapshot again: the message names the path that is wrong",
  ),
  "invalid-pack": entry(
    422,
    "The pack is damaged, cut short or of another format",
    "Send the blobs again that did not arrive: those before the damage were kept",
  ),
  "unsafe-link": entry(
    422,
    "A symbolic link leads out of the workspace",
    "Point the link inside with a relative target, exclude it, or put what it leads to into the workspace",
  ),
  "unsupported-file": entry(
    422,
    "The workspace has something that is neither a readable file nor a link nor a folder",
    "Remove or exclude it, or ask for such things to be skipped: the message names it",
  ),
  "file-changed": passing(
    409,
    "A file was changed while it was read",
    "Take the snapshot again when nothing writes into the folder, or exclude what is written all the time",
  ),
  "invalid-config": entry(400, "A setting is wrong", "Correct the setting that the message names"),
  "digest-mismatch": entry(
    422,
    "The content does not have the digest that was announced",
    "Send the bytes again; if it happens again, build the bundle anew",
  ),
  "blob-missing": entry(
    409,
    "A blob that is referred to is not stored here",
    "Upload the blobs that `details` names, then repeat the call",
  ),
  "too-large": entry(
    413,
    "The body, line or payload is larger than allowed",
    "Send less at once: `details` has the limit; put big data in a blob or a store of your own and pass its address",
  ),
  "unsupported-media-type": entry(
    415,
    "The content type is not understood here",
    "Send application/json or, for streams, application/x-ndjson",
  ),
  unauthorized: entry(
    401,
    "A token is needed, or the token is wrong",
    "Set CAPSTAN_TOKEN, or pass `Authorization: Bearer <token>`",
  ),
  "not-found": entry(
    404,
    "There is no such thing here",
    "Check the id, the name and the namespace; finished work is deleted after its retention",
  ),
  "method-not-allowed": entry(
    405,
    "The path does not have that method",
    "Use a method that `details` names; the OpenAPI page shows the calls",
  ),
  "unknown-plugin": entry(
    404,
    "No plugin of that name is deployed",
    "Deploy it with `capstan deploy DIR`; `capstan plugins` lists what is deployed",
  ),
  "unknown-definition": entry(
    404,
    "The revision has no definition of that name",
    "`capstan plugins show NAME` lists its definitions",
  ),
  "unknown-revision": entry(404, "The plugin has no such revision", "`capstan plugins show NAME` lists its revisions"),
  "unknown-trial": entry(404, "No trial of that id is known", "Stop it: nobody waits for its report"),
  "idempotency-conflict": entry(
    409,
    "The idempotency key was used with another input",
    "Use another key, or the same input; `details` has the task that holds the key",
  ),
  "already-final": entry(409, "It has its verdict already", "Rerun it if it should run again"),
  "not-final": entry(409, "It is still unfinished", "Wait for its end, or cancel it first"),
  "not-paused": entry(409, "It is not paused", "Nothing needs to be done"),
  "name-taken": entry(
    409,
    "A taskset of that name is still active",
    "Wait for it, cancel it, replace it with `--replace`, or use another name",
  ),
  "unsafe-rerun": entry(
    409,
    "The task is not safe to rerun",
    "Pass `force` (`--force`) if running it twice does no harm",
  ),
  "revision-pruned": entry(
    410,
    "The revision was pruned",
    "Deploy the same content again: it is the same revision; or launch the task anew, for the default revision",
  ),
  "revision-in-use": entry(409, "Unfinished tasks still need the revision", "Wait until they have finished"),
  "stale-lease": entry(
    409,
    "Another trial of the task was granted since",
    "Stop the trial: its report is not wanted any more",
  ),
  "store-locked": entry(
    409,
    "Another engine uses this store",
    "Stop that engine, or choose another folder with --data, or another schema with --store",
  ),
  "store-newer": entry(409, "The store was written by a newer version of Capstan", "Start the newer version"),
  "store-older": entry(
    409,
    "The store was written by an older version of Capstan",
    "Start an engine of this version on it once: it migrates the store",
  ),
  "store-not-empty": entry(
    409,
    "The store that is to be filled has something already",
    "Name another folder or schema, or remove what is there when nobody needs it",
  ),
  "store-failed": passing(
    503,
    "The store cannot be written or read now",
    "See the engine's log; free disk space if it is full; start PostgreSQL if it is away",
  ),
  "cursor-expired": entry(
    410,
    "The events after that cursor are no longer kept",
    "Read the present state, then follow events from now on",
  ),
  overloaded: passing(
    429,
    "The engine has more unfinished work than it may hold",
    "Wait and send it again; `details.retryAfterMs` says when",
  ),
  "shutting-down": passing(503, "The engine is shutting down", "Send it again in a moment"),
  unreachable: passing(
    503,
    "The engine cannot be reached",
    "Check the address (CAPSTAN_URL) and that the engine runs: `capstan up` starts one",
  ),
  "timed-out": passing(504, "No answer came in time", "Try again; the operation may have taken effect"),
  "unsupported-protocol": entry(
    426,
    "The worker speaks a version of the protocol that this engine does not serve",
    "Update the worker, or the engine first when the worker is newer",
  ),
  "protocol-violation": entry(
    400,
    "A frame was broken or out of place",
    "Correct the worker; the session was closed and nothing was changed",
  ),
  "session-taken": entry(409, "The session is not this worker's", "Join anew without a session"),
  "token-required": entry(
    400,
    "Listening beyond loopback needs a token",
    "Set CAPSTAN_TOKEN (or --token-file), or listen on 127.0.0.1",
  ),
  "revision-load-failed": entry(
    422,
    "An executor cannot load the revision",
    "Correct its code and deploy again: the message has what the executor said",
  ),
  "executor-start-failed": passing(
    503,
    "An executor process cannot be started",
    "See the message: what is missing on the worker's machine, or what the process printed",
  ),
  "task-failed": entry(409, "The task did not succeed", "See its trials: `capstan tasks show ID`"),
  unsupported: entry(501, "This machine cannot do it", "See the message for what is missing"),
  internal: passing(500, "A fault of Capstan itself", "Report it with the engine's log"),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorRegistry;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorRegistry, text);
}
